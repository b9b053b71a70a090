"""Reports: any number of formats from one run."""
