"""The judge: a plan → who can call whom. It reads what will be deployed, never the declared routes.

A second opinion on the renderers, written from the platforms' own rules and knowing nothing of how they do it:
Azure's in `azure`, Istio's in `istio`. `world` reads a plan once, `judge` follows one attempt through it, `matrix`
asks for everybody, and `findings` says where what is open differs from what was declared.
"""
