package io.holdfast.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.identity.Claims.Method;
import io.holdfast.identity.crypto.Passwords;
import io.holdfast.identity.store.StoredIdentity;
import io.holdfast.model.SecretFile;
import io.holdfast.secrets.SecretReader;
import io.holdfast.store.Store;
import io.holdfast.store.testing.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two controllers on one database, with a clock that is moved by hand. */
class TokenServiceTest {

    @TempDir
    Path directory;

    private final TestDatabase database = TestDatabase.fresh();
    private final Store store = database.store(List.of());
    private final StoredIdentity first = new StoredIdentity(store);
    private final StoredIdentity second = new StoredIdentity(store);
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2030-01-01T00:00:00Z"));
    private final Passwords passwords = new Passwords(new Passwords.Cost(8, 1), 2);
    private final TokenService one = service(first);
    private final TokenService two = service(second);
    private User admin;
    private Scope scope;

    private TokenService service(StoredIdentity stored) {
        return new TokenService(
                stored.tokens(),
                stored.directory(),
                IdentitySettings.defaults(),
                now::get,
                () -> Duration.between(Instant.EPOCH, now.get()).toNanos());
    }

    @BeforeEach
    void begin() {
        bootstrap(first, directory.resolve("password"));
        admin = first.directory().userNamed("default", "admin").orElseThrow();
        scope = new Scope.OnProject(String.valueOf(admin.defaultProject()));
    }

    @AfterEach
    void close() {
        database.close();
    }

    private void bootstrap(StoredIdentity stored, Path password) {
        new Bootstrap(stored.first(), stored.directory(), passwords, SecretReader.ofCommand(Map.of()))
                .run(IdentitySettings.Bootstrap.defaults(), password);
    }

    private void pass(Duration time) {
        now.updateAndGet(at -> at.plus(time));
    }

    private String token() {
        return one.issue(admin.id(), Set.of(Method.PASSWORD), scope, null, null).token();
    }

    @Test
    void theFirstAdministratorIsMadeOnceAndItsPasswordIsItsOwnersToRead() throws Exception {
        Path file = directory.resolve("password");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        String hash = first.directory().passwordHash(admin.id()).orElseThrow();
        assertThat(passwords.matches(Files.readString(file).strip(), hash)).isTrue();
        bootstrap(second, directory.resolve("another"));
        assertThat(directory.resolve("another")).doesNotExist();
        assertThat(first.directory().roles(null)).extracting(Role::name).containsExactly("admin", "member", "reader");

        // One that looked before the other wrote: its password is nobody's, and goes.
        Bootstrap late = new Bootstrap(
                (domain, project, user, roles, hashed) -> false,
                new StoredIdentity(TestDatabase.fresh().store(List.of())).directory(),
                passwords,
                SecretReader.ofCommand(Map.of()));
        late.run(IdentitySettings.Bootstrap.defaults(), directory.resolve("late"));
        assertThat(directory.resolve("late")).doesNotExist();
        assertThatThrownBy(() -> new Bootstrap(
                                first.first(),
                                new StoredIdentity(TestDatabase.fresh().store(List.of())).directory(),
                                passwords,
                                SecretReader.ofCommand(Map.of()))
                        .run(new IdentitySettings.Bootstrap("root", SecretFile.of(directory.resolve("none"))), file))
                .isInstanceOf(io.holdfast.secrets.SecretException.class)
                .hasMessageContaining("identity.bootstrap.password-file");
    }

    @Test
    void aTokenOfOneControllerIsGoodAtTheOtherAndWhatEndsItIsKnownThereWithinASecond() {
        String token = token();
        assertThat(two.remembered(token)).as("not seen there yet").isEmpty();
        assertThat(two.ask(token)).isInstanceOf(Verdict.Good.class);
        assertThat(two.remembered(token)).containsInstanceOf(Verdict.Good.class);

        assertThat(one.revoke(token)).isTrue();
        assertThat(one.remembered(token)).as("at once where it was revoked").isEmpty();
        assertThat(one.ask(token)).isInstanceOf(Verdict.Ended.class);
        pass(TokenService.FRESH.plusNanos(1));
        assertThat(two.remembered(token)).isEmpty();
        assertThat(two.ask(token)).isInstanceOf(Verdict.Ended.class);
        assertThat(one.revoke(token)).isFalse();
    }

    @Test
    void aGuessIsSettledWithoutTheDatabase() {
        String token = token();
        String guess = token.substring(0, token.length() - 4) + (token.endsWith("AAAA") ? "BBBB" : "AAAA");
        assertThat(one.remembered("made up")).containsInstanceOf(Verdict.Wrong.class);
        assertThat(one.remembered(guess)).containsInstanceOf(Verdict.Wrong.class);
        assertThat(two.ask(guess)).isInstanceOf(Verdict.Wrong.class);
        // A token that was good and known ends without a question, too.
        assertThat(one.ask(token)).isInstanceOf(Verdict.Good.class);
        pass(IdentitySettings.defaults().tokenTime());
        assertThat(one.ask(token)).isInstanceOf(Verdict.Ended.class);
    }

    @Test
    void keysAreRenewedAndOldOnesGoWhenNothingGoodIsSignedWithThem() {
        IdentitySettings settings = IdentitySettings.defaults();
        String old = token();
        assertThat(two.ask(old)).isInstanceOf(Verdict.Good.class);
        pass(settings.keyTime().minusMinutes(30));
        String late = token();
        pass(Duration.ofMinutes(30));
        String fresh = token();
        assertThat(first.tokens().keys()).extracting(SigningKey::id).containsExactly(1, 2);
        assertThat(two.ask(fresh)).as("a key that the other has made").isInstanceOf(Verdict.Good.class);
        assertThat(two.ask(late)).as("of the key before").isInstanceOf(Verdict.Good.class);
        pass(settings.keyTime());
        token();
        assertThat(first.tokens().keys()).extracting(SigningKey::id).containsExactly(2, 3);
    }

    @Test
    void withoutTheDatabaseNoTokenIsGoodForLong() {
        String token = token();
        assertThat(one.ask(token)).isInstanceOf(Verdict.Good.class);
        store.close();
        assertThat(one.remembered(token)).containsInstanceOf(Verdict.Good.class);
        pass(TokenService.FRESH.plusNanos(1));
        assertThat(one.remembered(token)).isEmpty();
        assertThatThrownBy(() -> one.ask(token)).isInstanceOf(RuntimeException.class);
    }
}
