import Foundation
@testable import App
/* outer /* nested */ tail() */
@main public struct V<T: Equatable>: View where T.A == Int {
    @State private var x: [String: Int?]? = ["it's": nil] // don't
    let raw = #"raw "quoted" \#(x)"#; let s = "a \(b + "nested \(c)") d"
    let m = """
        It's "multi" \(line) // taken for a comment
        """
    func f(_ a: inout Int, with b: @escaping (Int) -> Void = { $0 + 1 }) async throws -> some View {
        guard let x = try? await g()?.h!, case .some(let y) = z else { return 0x1F + 1_000.5e-3 }
        if #available(iOS 15, *) { a ..< b; a ... b; a ?? b; a &+ b }
        return \.keyPath as! any P // end
    }
}
