foldl' f' 'a' x' = "b" ++ show '\'' ++ [' ']
