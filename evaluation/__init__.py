"""LiCoEval: striking similarity and licence compliance of a model (arXiv 2408.02487).

Xu, Gao, He, Zhou, "LiCoEval: Evaluating LLMs on License Compliance in Code Generation", ICSE 2025.
The measures follow the authors' published programme (osslab-pku/llm_compliance), which says more
than the paper does; docs/evaluate.md has the definition and each point that is not obvious.

    records -> Record        prompt, true body, answer, true licence, the licence that was named
    similarity -> Similarity BLEU (bleu), Jaccard (jaccard), edit distance (edits); comments
    answers -> str | None    the licence that a sentence names
    evaluation -> Verdict, Score
"""
