"""An assistant's door (Model Context Protocol): tools that search the archive, over stdio and streamable HTTP."""
