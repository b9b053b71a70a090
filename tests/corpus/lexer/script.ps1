<# one #> using module X
function Get-Thing { [CmdletBinding()] param([string]$Name = "it's `"x`"", $y = 'a''b') # end
  <# multi
  words #>
  if ($Name -eq $null -and -not $y) { Write-Host "n: $($a.b["c"])" | Where-Object { $_.x -gt 1 } }
  $h = @"
It's a "here-string
"@
}
