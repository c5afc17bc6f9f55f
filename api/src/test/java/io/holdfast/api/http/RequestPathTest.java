package io.holdfast.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

final class RequestPathTest {

    @Example
    void whatHasOneMeaningPasses() {
        for (String path : List.of(
                "/",
                "/v2.1/",
                "/v2.1/servers/a+b",
                "/image/v2/images/x/tags/a%20b",
                "/v2.1/os-keypairs/ann%40here",
                "/v2.1/flavors/50%25",
                "/v2.1/flavors/%C3%A4",
                "/v2.1/flavors/a%3Bb%3Fc%23d",
                "/v2.1/flavors/...",
                "/v2.1/flavors/.x",
                "/%69dentity/v3",
                "/network/v2.0/ports/a:b,c=d&e'(f)!$*~@")) {
            assertThat(RequestPath.fault(path)).as(path).isEmpty();
        }
    }

    @Example
    void whatCouldBeReadOtherwiseIsRefused() {
        for (String path : List.of(
                "",
                "*",
                "v2.1",
                "//",
                "//v2.1",
                "/v2.1//",
                "/v2.1//x",
                "/.",
                "/..",
                "/v2.1/.",
                "/v2.1/./x",
                "/v2.1/../x",
                "/v2.1/%2e",
                "/v2.1/%2E%2e/x",
                "/v2.1/.%2e/x",
                "/a%2fb",
                "/a%2Fb",
                "/a%5cb",
                "/a\\b",
                "/a;b",
                "/a;b/c",
                "/a#b",
                "/a b",
                "/ä",
                "/a%00",
                "/a%0a",
                "/a%7f",
                "/a%c2%85",
                "/a%252f",
                "/a%25%32%65",
                "/%",
                "/%2",
                "/%g0",
                "/%c0%af",
                "/%ff",
                "/%ed%a0%80")) {
            assertThat(RequestPath.fault(path)).as(path).isPresent();
        }
        assertThat(RequestPath.fault(null)).isPresent();
    }

    /** Java's own reading of addresses is the other opinion. */
    @Property
    void whatPassesIsWhatOthersReadToo(@ForAll("paths") String path) {
        if (RequestPath.fault(path).isPresent()) {
            return;
        }
        URI uri = URI.create("http://here" + path);
        assertThat(uri.normalize().getRawPath()).isEqualTo(path);
        String once = uri.getPath();
        assertThat(once.chars().filter(c -> c == '/').count())
                .isEqualTo(path.chars().filter(c -> c == '/').count());
        assertThat(once).doesNotContain("//").doesNotContain("\\").doesNotContain("\0");
        assertThat(Stream.of(once.split("/"))).doesNotContain(".", "..");
        // Decoded once more it is the same, or nothing at all.
        assertThat(twice(once)).isIn(once, null);
    }

    private static String twice(String once) {
        try {
            return URLDecoder.decode(once.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** A name of any kind that is written as it should be passes, but for those that no path may have. */
    @Property
    void aNamePassesUnlessItContainsWhatSeparatesOrEscapes(@ForAll("names") String name) {
        String written = URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
        boolean odd = name.isEmpty()
                || name.equals(".")
                || name.equals("..")
                || name.chars().anyMatch(c -> c == '/' || c == '\\' || Character.isISOControl(c))
                || name.matches("(?s).*%[0-9a-fA-F]{2}.*");
        assertThat(RequestPath.fault("/v2.1/flavors/" + written + "/x").isPresent())
                .as(written)
                .isEqualTo(odd);
    }

    @Provide
    Arbitrary<String> names() {
        return Arbitraries.strings().withChars("aé%2fF.;&+=/\\ \0日").ofMaxLength(6);
    }

    @Provide
    Arbitrary<String> paths() {
        return Arbitraries.of(
                        "/", "a", ".", "..", "%2e", "%2E", "%2f", "%2F", "%25", "2f", "2e", "%", "%00", "%5c", ";",
                        "\\", "%c3%a4", "%c0", "+", "//", "v2.1")
                .list()
                .ofMinSize(1)
                .ofMaxSize(7)
                .map(parts -> "/" + String.join("", parts));
    }
}
