#!/bin/bash
# Indexes a corpus in parts, one per task of a Slurm array:
#
#     sbatch --array=1-64 slurm.sh 64 /shared/parts SOURCE...
#     sbatch --array=3,17 slurm.sh 64 /shared/parts SOURCE...    # those that failed; they resume
#     whence merge /shared/parts/* --to /shared/index
#
# The second argument is a folder that all nodes see, or the address of an index in Elasticsearch.
#SBATCH --job-name=whence-index
#SBATCH --output=whence-index-%A-%a.log
#SBATCH --cpus-per-task=2
#SBATCH --mem=4G
#SBATCH --time=24:00:00
#SBATCH --requeue
set -euo pipefail

if [ $# -lt 3 ]; then
    echo "usage: sbatch --array=1-N slurm.sh N FOLDER SOURCE..." >&2
    exit 2
fi
# Not the number of tasks in this array, which is smaller when only failed parts run again.
of=$1 to=$2
shift 2
part=$SLURM_ARRAY_TASK_ID

case $to in
    *://*) ;;
    *)
        mkdir -p "$to"
        to=$to/$part-of-$of
        set -- "$@" --jobs "${SLURM_CPUS_PER_TASK:-1}"
        ;;
esac
exec whence index "$@" --part "$part/$of" --to "$to" --name corpus
