<!DOCTYPE html><p class="x">Don't</p>
<?php declare(strict_types=1);
namespace App\Models; // it's
use Foo\{Bar, Baz as Q};
require_once __DIR__ . '/x.php'; # hash comment
#[Attribute(1)]
final class User extends Model implements \Countable {
    /** @var string[] */
    private ?array $items = ['a' => 1, "b" => [2, 3]];
    const X = 'it\'s' . "say \"$name\" {$a->b['c']} ${d}";
    public function f(int|string &$x, self ...$rest): static {
        $s = <<<EOT
        Heredoc's $text with "quotes" // taken for a comment
        EOT;
        $n = <<<'RAW'
        RAW;
        foreach ($xs as $k => &$v): echo $v?->x ?? $$y; endforeach;
        return $this->items[$k]::class <=> fn($x) => $x ** 2 . 'a' . PHP_EOL; /* block */
    }
}
?>
<div><?= htmlspecialchars($x, ENT_QUOTES) ?></div>
