X : T := T'('a'); Y := Z'First; C := ''';
