Imports System
' it's a comment
Public Class A : Inherits B ' end
    Dim s As String = "say ""hi"" it's" & vbCrLf
    REM old comment
    If x <> 1 AndAlso Not y Then Return Nothing Else z = &HFF
    Remark = 1
End Class
