package io.holdfast.identity.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.identity.IdentityException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class PasswordsTest {

    private final Passwords passwords = new Passwords(new Passwords.Cost(64, 1), 2);

    @Test
    void onlyTheRightOneMatches() {
        String hash = passwords.hash("right");
        assertThat(hash).startsWith("$argon2id$v=19$m=64,t=1,p=1$").isNotEqualTo(passwords.hash("right"));
        assertThat(passwords.matches("right", hash)).isTrue();
        assertThat(passwords.matches("wrong", hash)).isFalse();
        assertThat(passwords.matchesNobody("right")).isFalse();
        String drawn = passwords.drawn();
        assertThat(passwords.matches(drawn, passwords.hashDrawn(drawn))).isTrue();
        assertThat(passwords.matches(drawn + "x", passwords.hashDrawn(drawn))).isFalse();
        assertThatThrownBy(() -> passwords.matches("x", "plain")).isInstanceOf(IllegalStateException.class);
    }

    /** The pair is from the tests of the reference implementation. */
    @Test
    void anotherImplementationsHashMatches() {
        String hash = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        assertThat(passwords.matches("password", hash)).isTrue();
        assertThat(passwords.matches("passwort", hash)).isFalse();
    }

    @Test
    void aFloodIsToldToComeBack() throws Exception {
        Passwords slow = new Passwords(new Passwords.Cost(4096, 2), 1);
        String hash = slow.hash("right");
        try (ExecutorService many = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<String>> logins = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                logins.add(() -> {
                    try {
                        return String.valueOf(slow.matches("right", hash));
                    } catch (IdentityException e) {
                        return e.kind().name();
                    }
                });
            }
            List<String> answers = new ArrayList<>();
            for (Future<String> each : many.invokeAll(logins)) {
                answers.add(each.get());
            }
            assertThat(answers).contains("true", "BUSY").doesNotContain("false");
        }
        assertThat(slow.matches("right", hash)).as("when it is over").isTrue();
    }
}
