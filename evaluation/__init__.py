"""LiCoEval: striking similarity and licence compliance of a model (arXiv 2408.02487).

Xu, Gao, He, Zhou, "LiCoEval: Evaluating LLMs on License Compliance in Code Generation", ICSE 2025.
The measures follow the authors' published program (osslab-pku/llm_compliance), which is more
precise than the paper; docs/evaluate.md defines them and lists the subtle points.

    records -> Record         prompt, true body, answer, true licence, the licence the model named
    similarity -> Similarity  BLEU, Jaccard index, edit distance (edit_distance); comments
    answers -> str | None     the licence that a sentence names
    evaluation -> Assessment, Evaluation
"""
