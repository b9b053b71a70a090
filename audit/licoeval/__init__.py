"""LiCoEval: striking similarity and licence compliance of a model (arXiv 2408.02487)."""
