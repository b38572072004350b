"""What leaves the system on paper: one template and one set of sheets for the page that a browser prints and for the PDF."""
