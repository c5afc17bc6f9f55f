package io.holdfast.fencing.agents.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.NotBlank;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SecretsTest {

    @Property
    boolean noFormOfASecretIsLeft(
            @ForAll @StringLength(min = 4, max = 20) @CharRange(from = '!', to = '~') @NotBlank String secret) {
        String text = "before " + secret + " and https://u:" + URLEncoder.encode(secret, StandardCharsets.UTF_8)
                + "@h and " + Base64.getEncoder().encodeToString(secret.getBytes(StandardCharsets.UTF_8)) + " and '"
                + secret.replace("'", "'\"'\"'") + "' after";
        String left = new Secrets(Map.of("password", secret)).removedFrom(text);
        return "[removed]".contains(secret)
                || (!left.replace("[removed]", "").contains(secret) && left.startsWith("before ["));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "Ignoring unknown option 'passwd=other' | Ignoring unknown option 'passwd=[removed]",
                "password: other words | password: [removed] words",
                "snmp_community=\"two words\" x | snmp_community=[removed] x",
                "no password here | no password here"
            })
    void whatStandsBehindAWordForPasswordIsRemovedWhoseverItIs(String text, String clean) {
        assertThat(Secrets.none().removedFrom(text)).isEqualTo(clean);
    }

    @Test
    void aLongerSecretThatContainsAShorterOneLeavesNoRest() {
        assertThat(new Secrets(Map.of("a", "abc", "b", "abcdef")).removedFrom("x abcdef y abc"))
                .isEqualTo("x [removed] y [removed]");
    }

    @Test
    void printsNoValue() {
        assertThat(new Secrets(Map.of("password", "s3cr3t"))).hasToString("[password] (values not shown)");
    }
}
