package io.holdfast.secrets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.holdfast.secrets.SecretException.Trouble;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.NumericChars;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;

/** What was sealed comes back exactly, for its own file and with its own key; whatever else is tried does not. */
final class EnvelopeTest {

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final MasterKey KEY = MasterKey.random(RANDOM);
    private static final Keyring KEYS = Keyring.of(List.of(MasterKey.random(RANDOM), KEY));
    private static final String SECRET = "geheim-4711";

    private static String seal(byte[] content, String name) {
        return Envelope.seal(KEY, name, content, RANDOM);
    }

    private static String sealed() {
        return seal(SECRET.getBytes(StandardCharsets.UTF_8), "h1");
    }

    private static Trouble trouble(String text) {
        return trouble(text, KEYS, "h1");
    }

    private static Trouble trouble(String text, Keyring keys, String name) {
        SecretException refused =
                catchThrowableOfType(SecretException.class, () -> Envelope.open("f", text, keys, name));
        assertThat(refused).as("%s", text).isNotNull();
        assertThat(refused.getMessage()).doesNotContain(SECRET);
        assertThat(refused.getCause()).isNull();
        return refused.trouble();
    }

    @Property
    void whatWasSealedComesBack(
            @ForAll @Size(max = 2000) byte[] content,
            @ForAll @AlphaChars @NumericChars @StringLength(min = 1, max = 100) String name) {
        String text = seal(content, name);

        assertThat(Envelope.open("f", text, KEYS, name)).isEqualTo(content);
        assertThat(Envelope.looksSealed(text)).isTrue();
        assertThat(text.lines()).hasSize(2);
    }

    @Property(tries = 200)
    void theSameSecretNeverLooksTheSame(@ForAll @Size(max = 50) byte[] content) {
        assertThat(seal(content, "h1").lines().toList().getLast())
                .isNotEqualTo(seal(content, "h1").lines().toList().getLast());
    }

    @Property
    void anotherKeyOpensNothing(@ForAll @Size(max = 50) byte[] content) {
        String text = seal(content, "h1");

        assertThat(trouble(text, Keyring.of(List.of(MasterKey.random(RANDOM))), "h1"))
                .isEqualTo(Trouble.KEY_MISSING);
        assertThat(trouble(text, Keyring.empty(), "h1")).isEqualTo(Trouble.KEY_MISSING);
    }

    /** A key whose id was written over the right one: the content is authenticated by the key, not by the word for it. */
    @Example
    void aKeyUnderAnothersNameOpensNothing() {
        MasterKey other = MasterKey.random(RANDOM);
        String renamed = sealed().replace(KEY.id(), other.id());

        assertThat(trouble(renamed, Keyring.of(List.of(other)), "h1")).isEqualTo(Trouble.DAMAGED);
    }

    @Property(tries = 5)
    void everyByteThatIsChangedIsNoticed(@ForAll @Size(max = 40) byte[] content) {
        String text = seal(content, "h1");
        for (int at = 0; at < text.length(); at++) {
            for (int with = 0; with < 256; with++) {
                if (with != text.charAt(at)) {
                    String changed = text.substring(0, at) + (char) with + text.substring(at + 1);
                    assertThat(Envelope.looksSealed(changed)).as("%s", changed).isTrue();
                    assertThat(trouble(changed)).isIn(Trouble.DAMAGED, Trouble.KEY_MISSING, Trouble.UNSUITABLE);
                }
            }
        }
    }

    @Property
    void whatIsCutOrAddedIsNoticed(
            @ForAll @Size(max = 100) byte[] content,
            @ForAll @IntRange(max = 400) int at,
            @ForAll @StringLength(min = 1, max = 5) String more) {
        String text = seal(content, "h1");
        int place = Math.min(at, text.length() - 1);

        trouble(text.substring(0, place));
        trouble(text.substring(0, place) + more + text.substring(place));
        trouble(text + more);
    }

    @Example
    void aSecretThatTookAnothersPlaceIsRefused() {
        assertThat(trouble(sealed(), KEYS, "h2")).isEqualTo(Trouble.MISPLACED);
        assertThat(trouble(sealed().replace("name=h1", "name=h2"), KEYS, "h2")).isEqualTo(Trouble.DAMAGED);
    }

    @Example
    void aLaterVersionIsNamed() {
        assertThatThrownBy(() -> Envelope.open("f", sealed().replace(" v1 ", " v2 "), KEYS, "h1"))
                .hasMessageContaining("version 2 of the format; this release knows version 1");
    }

    @Example
    void theMissingKeyIsNamedWithThoseThatAreThere() {
        Keyring others = Keyring.of(List.of(MasterKey.random(RANDOM)));

        assertThatThrownBy(() -> Envelope.open("f", sealed(), others, "h1"))
                .hasMessageContaining("f is encrypted with key " + KEY.id())
                .hasMessageContaining("the keys here are " + others.ids().getFirst());
    }

    /** Bits that no encoder writes, and that Java's decoder forgives. */
    @Example
    void aBodyThatDecodesToTheSameBytesIsRefusedAllTheSame() {
        String text = seal(new byte[0], "h1");
        String body = text.lines().toList().getLast();
        assertThat(body).endsWith("==");
        char last = body.charAt(body.length() - 3);
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        String twin = body.substring(0, body.length() - 3) + alphabet.charAt(alphabet.indexOf(last) + 1) + "==";
        assertThat(Base64.getDecoder().decode(twin))
                .isEqualTo(Base64.getDecoder().decode(body));

        assertThat(trouble(text.replace(body, twin))).isEqualTo(Trouble.DAMAGED);
    }

    @Example
    void aNameThatWouldBreakTheFirstLineIsRefused() {
        assertThatThrownBy(() -> seal(new byte[1], "a\nb")).isInstanceOf(SecretException.class);
        assertThatThrownBy(() -> seal(new byte[1], "")).isInstanceOf(SecretException.class);
    }

    @Example
    void nothingPrintsAKey() {
        String material = KEY.text().substring(KEY.text().indexOf(':') + 1);

        assertThat(KEY + " " + KEYS).contains(KEY.id()).doesNotContain(material);
    }
}
