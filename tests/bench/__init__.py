"""What a step costs, beside the floor: the least that one transaction costs on this machine, at this moment."""
