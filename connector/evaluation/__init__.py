"""How well a search finds what it should: queries whose answer is known, and the engines that are asked them."""
