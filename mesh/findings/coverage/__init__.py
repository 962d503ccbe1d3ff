"""What of a plan is judged, what cannot change access, and what is neither: tables by kind and field."""
