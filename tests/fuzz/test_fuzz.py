"""A few hundred of the stack files that `make fuzz` changes."""

import random

import live_checks
from fuzz import Fuzz

from mesh.lab.paths import Lab
from mesh.lab.providers.kubernetes.cluster import Cluster
from mesh.lab.servers import Servers


def test_a_changed_stack_file_is_accepted_or_refused_in_words_that_name_the_change(
    shared_lab: Lab, cluster: Cluster
) -> None:
    Servers(shared_lab).define("east", live_checks.definitions())
    live = live_checks.LiveChecks(cluster)

    score = Fuzz(random.Random(7), live, live_share=0.3).run(400)

    for never in ("tracebacks", "hangs", "refused by Azure or an API server", "valid ones refused"):
        assert not score.counts[never], score.examples[never]
    assert score.named_share >= 0.95, score.examples["not named"]
    assert score.counts["files"] == 400
    assert score.counts["single changes refused"] > 150
    assert score.counts["really made"] > 15
    assert live.azure_plans > 5
    assert live.objects > 50
