"""What is judged of access, as what people and scripts read: sheets, pages, traces."""
