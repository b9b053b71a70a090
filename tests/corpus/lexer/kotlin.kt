@file:JvmName("X")
package org.example
import kotlin.math.* // it's
/* outer /* nested in Kotlin */ tail(); */
data class P<out T : Any>(val a: Int = 1_000, var b: String?) : Q by delegate(), R {
    companion object { const val C = 'c'; val Q = '\'' }
    val raw = """raw "one" line \n $x"""
    val text = """
        |It's "multi" ${line} // taken for a comment
    """.trimMargin()
    suspend fun <T> List<T>.f(vararg x: (Int) -> Unit): T? = x?.let { it!!.y ?: return@f null }
    fun g() { for (i in 0 until 10 step 2) when (i) { in 1..5 -> "$i ${i + 1} ${"n"}"; is Int, !in s -> `odd name`() } }
    val h = 0xFFu + 1.5f + 1e3 + 10L; val l = label@ { -> a === b }
}
