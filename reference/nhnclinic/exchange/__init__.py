"""The send and receive core: named steps, the parts they are composed of, and the loop that runs them."""
