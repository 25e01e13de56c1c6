include: "workflow/Snakefile"


# An include resets the default target; without this line nothing would be done.
workflow.default_target = "all"
