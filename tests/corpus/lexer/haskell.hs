{-# LANGUAGE GADTs #-} module Main (main) where
import qualified Data.Map as M -- it's
{- multi
words -} foldl' f x' = x' `seq` 'c' : '\'' : "s\"t" -- end
data T a = A { x :: !Int } | B deriving (Show, Eq)
main = do { y <- g; let { z = \q -> q + 1 }; return $ M.empty <> y >>= h . k }
f n | n > 0 = n -- |doc
