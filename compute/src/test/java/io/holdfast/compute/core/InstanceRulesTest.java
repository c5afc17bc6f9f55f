package io.holdfast.compute.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.compute.ComputeException;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class InstanceRulesTest {

    @Test
    void aNameIsStrippedAndKept() {
        assertThat(InstanceRules.name("  web 1 ")).isEqualTo("web 1");
        assertThat(InstanceRules.name("x".repeat(255))).hasSize(255);
        assertThat(InstanceRules.name("größe-😀")).isEqualTo("größe-😀");
    }

    @Test
    void aNameThatIsEmptyTooLongOrUnprintableIsRefused() {
        invalid(() -> InstanceRules.name(" "), "1 to 255");
        invalid(() -> InstanceRules.name("x".repeat(256)), "1 to 255");
        invalid(() -> InstanceRules.name("a\nb"), "1 to 255");
        invalid(() -> InstanceRules.name("a\0b"), "1 to 255");
        invalid(() -> InstanceRules.name("a\ud800b"), "surrogate");
    }

    @Test
    void tagsLoseRepetitionsAndKeepTheirOrder() {
        assertThat(InstanceRules.tags(List.of("b", "a", "b"))).containsExactly("b", "a");
        List<String> fifty = IntStream.range(0, 50).mapToObj(i -> "t" + i).toList();
        assertThat(InstanceRules.tags(fifty)).hasSize(50);
        assertThat(InstanceRules.tags(Collections.nCopies(60, "same"))).containsExactly("same");
        assertThat(InstanceRules.tags(List.of("x".repeat(60)))).hasSize(1);
    }

    @Test
    void tagsBeyondNovasLimitsAreRefused() {
        List<String> many = IntStream.range(0, 51).mapToObj(i -> "t" + i).toList();
        invalid(() -> InstanceRules.tags(many), "at most 50 tags, these are 51");
        invalid(() -> InstanceRules.tags(List.of("")), "1 to 60");
        invalid(() -> InstanceRules.tags(List.of("x".repeat(61))), "1 to 60");
        invalid(() -> InstanceRules.tags(List.of("a,b")), "comma");
        invalid(() -> InstanceRules.tags(List.of("a/b")), "slash");
        invalid(() -> InstanceRules.tags(List.of("a\0b")), "NUL");
    }

    @Test
    void metadataWithinTheLimitsIsKept() {
        Map<String, String> full = new HashMap<>();
        IntStream.range(0, 128).forEach(i -> full.put("k" + i, "v".repeat(255)));
        assertThat(InstanceRules.metadata(full)).hasSize(128);
        assertThat(InstanceRules.metadata(Map.of("k".repeat(255), ""))).hasSize(1);
    }

    @Test
    void metadataBeyondTheLimitsIsRefused() {
        Map<String, String> many = new HashMap<>();
        IntStream.range(0, 129).forEach(i -> many.put("k" + i, ""));
        invalid(() -> InstanceRules.metadata(many), "at most 128 metadata keys, these are 129");
        invalid(() -> InstanceRules.metadata(Map.of("", "v")), "1 to 255");
        invalid(() -> InstanceRules.metadata(Map.of("k".repeat(256), "v")), "1 to 255");
        invalid(() -> InstanceRules.metadata(Map.of("k", "v".repeat(256))), "at most 255");
        invalid(() -> InstanceRules.metadata(Map.of("k", "a\0b")), "NUL");
        invalid(() -> InstanceRules.metadata(Map.of("k\0", "v")), "NUL");
    }

    @Test
    void aPolicyThatMeansNothingIsRefusedWhereItIsWritten() {
        invalid(
                () -> InstanceRules.metadata(Map.of(PolicyRule.KEY, "automtic")),
                "must be automatic, notify or none, is 'automtic'");
        assertThat(InstanceRules.metadata(Map.of(PolicyRule.KEY, "Notify"))).hasSize(1);
    }

    private static void invalid(ThrowingCallable act, String words) {
        assertThatThrownBy(act)
                .isInstanceOfSatisfying(
                        ComputeException.class, e -> assertThat(e.kind()).isEqualTo(ComputeException.Kind.INVALID))
                .hasMessageContaining(words);
    }
}
