package io.holdfast.identity.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.identity.IdentityException;
import io.holdfast.identity.IdentityException.Kind;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is kept of attributes that mean nothing here. */
class ExtraRuleTest {

    private static Map<String, @Nullable Object> fresh(Map<String, @Nullable Object> extra) {
        return ExtraRule.merged(Map.of(), extra);
    }

    private static void refused(String words, Map<String, @Nullable Object> extra) {
        assertThatThrownBy(() -> fresh(extra))
                .isInstanceOfSatisfying(
                        IdentityException.class, e -> assertThat(e.kind()).isEqualTo(Kind.INVALID))
                .hasMessageContaining(words);
    }

    private static Object nested(int deep) {
        Object value = "x";
        for (int i = 1; i < deep; i++) {
            value = i % 2 == 0 ? List.of(value) : Map.of("in", value);
        }
        return value;
    }

    private static Map<String, @Nullable Object> many(int count) {
        Map<String, @Nullable Object> many = new HashMap<>();
        for (int i = 0; i < count; i++) {
            many.put("a" + i, i);
        }
        return many;
    }

    @Test
    void everyValueOfJsonIsKeptAsItIs() {
        Map<String, @Nullable Object> extra = new LinkedHashMap<>();
        extra.put("text", "ü");
        extra.put("flag", true);
        extra.put("number", 12);
        extra.put("digits", new BigDecimal("0.10"));
        extra.put("nothing", null);
        extra.put("list", Arrays.asList(1, null, "x"));
        extra.put("map", Collections.singletonMap("in", null));
        assertThat(fresh(extra)).isEqualTo(extra);
    }

    @Test
    void aChangePutsItsOwnOverWhatIsThereAndLeavesTheRest() {
        Map<String, @Nullable Object> there = new HashMap<>();
        there.put("kept", "as it was");
        there.put("changed", Map.of("all of it", "is replaced"));
        there.put("ended", "by null, which stays");
        Map<String, @Nullable Object> change = new HashMap<>();
        change.put("changed", Map.of("by", "this"));
        change.put("ended", null);
        change.put("new", 1);
        Map<String, @Nullable Object> expected = new HashMap<>();
        expected.put("kept", "as it was");
        expected.put("changed", Map.of("by", "this"));
        expected.put("ended", null);
        expected.put("new", 1);
        assertThat(ExtraRule.merged(there, change)).isEqualTo(expected);
        assertThat(ExtraRule.merged(there, Map.of())).isEqualTo(there);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "password_hash",
                "original_password",
                "Password",
                "pass-word",
                "PASS WORD",
                "adminPasswd",
                "my:passphrase",
            })
    void whatSpeaksOfAPasswordIsNotKeptAtAnyDepth(String name) {
        refused("No password is kept", Map.of(name, "s3cret"));
        refused("No password is kept", Map.of("login", Map.of(name, "s3cret")));
        refused("No password is kept", Map.of("logins", List.of(Map.of(name, "s3cret"))));
        assertThatThrownBy(() -> fresh(Map.of(name, "s3cret"))).hasMessageNotContaining("s3cret");
    }

    @Test
    void namesHaveSomethingInThem() {
        refused("1 to 255 characters", Map.of("", 1));
        refused("1 to 255 characters", Map.of(" ", 1));
        refused("1 to 255 characters", Map.of("x".repeat(256), 1));
        refused("1 to 255 characters", Map.of("in", Map.of("x".repeat(256), 1)));
        assertThat(fresh(Map.of("x".repeat(255), 1))).hasSize(1);
    }

    @Test
    void depthHasALimit() {
        assertThat(fresh(Map.of("deep", nested(8)))).hasSize(1);
        refused("8 deep", Map.of("deep", nested(9)));
    }

    @Test
    void numberHasALimitThatCountsWhatIsThere() {
        assertThat(fresh(many(100))).hasSize(100);
        refused("more than 100 attributes", many(101));
        assertThat(ExtraRule.merged(many(100), many(100))).hasSize(100);
        assertThatThrownBy(() -> ExtraRule.merged(many(100), Map.of("b", 1)))
                .hasMessageContaining("more than 100 attributes");
    }

    @Test
    void sizeHasALimitThatCountsWhatIsThere() {
        // {"a":"xxx"}
        assertThat(fresh(Map.of("a", "x".repeat(8192 - 8)))).hasSize(1);
        refused("8192 bytes", Map.of("a", "x".repeat(8192 - 7)));
        refused("8192 bytes", Map.of("a", "ü".repeat(4093)));
        refused("8192 bytes", Map.of("a", "\"".repeat(4093)));
        refused("8192 bytes", Map.of("a", "\u0001".repeat(1365)));
        // [0,0,0] is 2 * 3 + 1 long.
        refused("8192 bytes", Map.of("a", new ArrayList<>(Collections.nCopies(4093, 0))));
        assertThat(fresh(Map.of("a", new ArrayList<>(Collections.nCopies(4092, 0)))))
                .hasSize(1);
        Map<String, @Nullable Object> there = Map.of("a", "x".repeat(5000));
        assertThatThrownBy(() -> ExtraRule.merged(there, Map.of("b", "x".repeat(5000))))
                .hasMessageContaining("8192 bytes");
        assertThat(ExtraRule.merged(there, Map.of("a", "y".repeat(5000)))).hasSize(1);
    }

    @Test
    void numbersThatJsonHasNotAreRefused() {
        refused("too large", Map.of("a", Double.POSITIVE_INFINITY));
        refused("too large", Map.of("a", List.of(Double.NaN)));
        assertThatThrownBy(() -> fresh(Map.of("a", new Object()))).isInstanceOf(IllegalArgumentException.class);
    }
}
