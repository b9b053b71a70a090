using System; using static System.Math;
#region Things it's not a string
namespace App.Core;
/// <summary>Doc's comment</summary>
[Serializable, Obsolete("old")]
public partial record Point<T>(int X, int Y) where T : class, new() {
    private readonly string path = @"C:\dir\", q = @"say ""hi""";
    string s = $"{name,-10:X2} {{literal}} {(a ? "x" : "y")}";
    string v = $@"c:\{dir}\";
    string r = """raw "quoted" text""";
    char c = '\'', d = '"'; decimal m = 1_000.50m;
    public int this[int i] { get => _a[i]; set { _a[i] = value; } }
    async Task<int?> F(ref int x, out var y, params object[] z) { await foreach (var i in G()) yield return i ?? throw new E(); }
    #if DEBUG // conditional
    var q = from x in xs where x.A > 1 orderby x.B descending select new { x.A };
    #endif
    /* block */ @class = nameof(x) is not null and > 5; // end
}
#endregion
