"""What every plot is drawn with: the panel, texts, fonts."""
