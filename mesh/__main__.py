"""`python -m mesh`: the mesh command."""

from mesh.commands import main

main()
