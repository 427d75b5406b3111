def terminal(f): return ''
