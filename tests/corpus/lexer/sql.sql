-- a comment's words
SELECT a.*, COUNT(*) AS n, 'it''s' || "Quoted ""Name""" FROM t1 a LEFT JOIN [dbo].[t2] b ON a.id=b.id /* x */ WHERE n >= 1.5 -- end
/* multi
 * interior
*/
INSERT INTO #temp VALUES (N'x', @p, :q, $1, `tick`, E'a\'', 'path\');
select 1 -1 --2
$$ body $$; 'unterminated
