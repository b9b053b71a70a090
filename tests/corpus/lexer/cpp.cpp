#include <vector>
using namespace std;
namespace a::b { template <typename T, size_t N = 3> class X final : public Y<T>, private Z {}; }
auto raw = R"(no "escape\ // here)";
auto delim = R"xy(a)" still)xy";
auto big = 1'000'000 + 0b1111'0000 + 1.5e+3L;
auto lam = [&, this](auto&& x) mutable noexcept -> decltype(x) { return std::move(x) <=> y; };
[[nodiscard]] constexpr operator bool() const = default; ~X() override;
bool operator""_km(long double); int x = a.*b->*c;
std::cout << "it's \"fine\"" << std::endl; // comment \
continued comment is code for us
char16_t u = u'\u00e9'; auto s = u8R"(x)";
#ifdef __cplusplus /* c */ && 1
#endif // __cplusplus
delete[] p; throw; try { } catch (...) { }
