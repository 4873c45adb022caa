"""The politics of the model: dossiers, wishes, the decision, its consequences, ties and hazards."""
