"""The verdict of the bench on measured times."""

from bench import Measured, worse_than_linear


def measured(size: int, *milliseconds: float) -> Measured:
    """With a time a workload for each stage."""
    return Measured(size, 0, 0, tuple(each * size / 1000 for each in milliseconds), 0)


def test_a_stage_is_named_whose_time_grows_with_the_square_of_the_size() -> None:
    found = worse_than_linear([measured(100, 1, 5, 15, 3), measured(300, 1, 5, 15, 9), measured(1000, 0.5, 6, 20, 30)])

    assert [*found] == ["blast radii: 10.0 times as long a workload at 1,000 workloads as at 100"]


def test_linear_time_on_a_busy_machine_is_no_fault() -> None:
    assert [*worse_than_linear([measured(100, 1, 5, 15, 3), measured(3000, 1.6, 9.5, 20, 2)])] == []
