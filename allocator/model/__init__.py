"""The mathematics: classes, columns and rows; no files and no solver."""
