package a.b
import scala.collection.{mutable => m, _}
/** Scaladoc's words
  * more words
  */
/* outer /* nested */ tail() */
@tailrec final case class P[+T <: AnyRef : Ordering](x: Int, y: => String = "it's")(implicit z: Z) extends Q with R {
  val c = 'c'; val q = '\''; val sym = 'symbol; val u = '\u0041'; type F[_] = T#Inner
  val s = s"$x ${y.map(_ + "nested")} done"; val r = raw"\d"; val t = """tri "ple" \n"""
  val m = """multi
    |it's """.stripMargin
  def f: PartialFunction[Int, Int] = { case n @ (1 | 2) if n > 0 => n; case _ => ??? }
  for { x <- xs; y = x + 1 if y != 0 } yield x -> y // end
  given Ord[Int] with { def `type` = 1.5f + 0xFFL + 1e3 }
  val xml = <a href="x">it's {y}</a>
}
