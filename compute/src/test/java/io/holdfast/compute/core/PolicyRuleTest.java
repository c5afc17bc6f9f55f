package io.holdfast.compute.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.RecoveryPolicy;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PolicyRuleTest {

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                // tags                        metadata   flavor     image      expected   source
                "-,                            -,         -,         -,         NOTIFY,    default",
                "-,                            -,         -,         none,      NONE,      image",
                "-,                            -,         automatic, none,      AUTOMATIC, flavor",
                "-,                            none,      automatic, notify,    NONE,      metadata",
                "automatic-recovery,           none,      none,      none,      AUTOMATIC, tag",
                "automatic-recovery notify,    -,         -,         -,         NOTIFY,    tag",
                "automatic-recovery no-recovery notify, -, -,        -,         NONE,      tag",
                "Automatic-Recovery,           -,         -,         -,         NOTIFY,    default",
                "-,                            AUTOMATIC, -,         -,         AUTOMATIC, metadata",
                "-,                            automtic,  none,      -,         NONE,      flavor",
                "-,                            '',        -,         automatic, AUTOMATIC, image",
            })
    void theNearestWordToTheInstanceDecides(
            String tags, String metadata, String flavor, String image, RecoveryPolicy expected, String source) {
        PolicyRule.Resolved resolved = PolicyRule.resolve(
                tags == null ? List.of() : List.of(tags.split(" ")),
                word(PolicyRule.KEY, metadata),
                word(PolicyRule.KEY, flavor),
                word(PolicyRule.IMAGE_KEY, image),
                RecoveryPolicy.NOTIFY);

        assertThat(resolved).isEqualTo(new PolicyRule.Resolved(expected, source));
    }

    @Example
    void anImageMaySpellTheKeyLikeAFlavor() {
        assertThat(PolicyRule.resolve(
                        List.of(), Map.of(), Map.of(), Map.of(PolicyRule.KEY, "automatic"), RecoveryPolicy.NONE))
                .isEqualTo(new PolicyRule.Resolved(RecoveryPolicy.AUTOMATIC, "image"));
    }

    @Property
    void aStrangeWordIsNeverTakenForAPolicy(@ForAll String word) {
        assertThat(PolicyRule.parse(word))
                .isEqualTo(
                        switch (word.toLowerCase(java.util.Locale.ROOT)) {
                            case "automatic" -> java.util.Optional.of(RecoveryPolicy.AUTOMATIC);
                            case "notify" -> java.util.Optional.of(RecoveryPolicy.NOTIFY);
                            case "none" -> java.util.Optional.of(RecoveryPolicy.NONE);
                            default -> java.util.Optional.empty();
                        });
    }

    private static Map<String, String> word(String key, String value) {
        return value == null ? Map.of() : Map.of(key, value);
    }
}
