"""A scene as Mermaid: its structure, and that no name ends a label."""

from environments import declared, resolved

from mesh.graph import mermaid, staging
from mesh.graph.scenes import Area, Arrow, Card, Scene


def test_a_small_scene_is_this_flowchart() -> None:
    scene = Scene(
        title="shop",
        summary="two of them",
        areas=(Area("east", None, "network", "east", "10.0.0.0/16"), Area("shop", "east", "namespace", "shop")),
        cards=(
            Card("web", "shop", "workload", "web", ("HTTP 80",), "web"),
            Card("db", "east", "database", "db", (), "db", "no sidecar", sidecar=False),
        ),
        arrows=(
            Arrow("web", "db", "tcp", "web → db", 2),
            Arrow("web", "db", "stopped", "web → db"),
            Arrow("db", "web", "open", "db → web"),
        ),
        warning="1 route stopped",
    )

    assert mermaid.flowchart(scene) == (
        "flowchart LR\n"
        "  accTitle: shop\n"
        "  accDescr: two of them: 1 route stopped\n"
        '  subgraph n0["east · 10.0.0.0/16"]\n'
        '    n3[("db<br>no sidecar")]\n'
        '    subgraph n1["shop"]\n'
        '      n2["web<br>HTTP 80"]\n'
        "    end\n"
        "  end\n"
        '  n2 -->|"TCP × 2"| n3\n'
        '  n2 --x|"stopped"| n3\n'
        '  n3 -->|"open"| n2\n'
        "  classDef exposed fill:#fff7ed,stroke:#ea580c,color:#0f172a\n"
        "  classDef plain fill:#ffffff,stroke:#3b6fd4,color:#0f172a\n"
        "  classDef unguarded fill:#ffffff,stroke:#71717a,color:#0f172a,stroke-dasharray:4 3\n"
        "  classDef copy fill:#dfe8fb,stroke:#dfe8fb,color:#475569\n"
        "  class n2 plain\n"
        "  class n3 unguarded\n"
        "  linkStyle 0 stroke:#0f766e\n"
        "  linkStyle 1 stroke:#dc2626\n"
        "  linkStyle 2 stroke:#dc2626,stroke-width:4px\n"
    )


def test_no_name_ends_a_label_or_makes_a_tag() -> None:
    scene = Scene("x", "", (Area("a", None, "outside", 'a"] <b>#'),), (), ())

    assert 'subgraph n0["a#34;] #60;b#62;#35;"]' in mermaid.flowchart(scene)


def test_a_text_beyond_the_limits_does_not_fit() -> None:
    assert mermaid.fits("x" * 50_000)
    assert not mermaid.fits("x" * 50_001)
    assert mermaid.fits(" -->" * 500)
    assert not mermaid.fits(" -->" * 501)
    assert not mermaid.fits(" -->" * 500 + " --x")


def test_the_sound_environment_fits() -> None:
    text = mermaid.flowchart(staging.scene(resolved(declared()), "none"))

    assert mermaid.fits(text)
    assert text.count(" -->") == 7
    assert text.count("subgraph ") == text.count("  end\n") == 12
