package io.holdfast.identity.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.identity.IdentityException;
import io.holdfast.identity.IdentityException.Kind;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Keystone's options. */
class OptionRuleTest {

    private static final Map<String, @Nullable Object> IMMUTABLE = Map.of("immutable", true);

    private static Map<String, @Nullable Object> nothing(String name) {
        return Collections.singletonMap(name, null);
    }

    private static void refused(Kind kind, ThrowingCallable what) {
        assertThatThrownBy(what)
                .isInstanceOfSatisfying(
                        IdentityException.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }

    @Test
    void whatIsNamedIsSetAndNullTakesItAway() {
        Map<String, @Nullable Object> there = Map.of("lock_password", true, "ignore_password_expiry", false);
        assertThat(OptionRule.merged(there, Map.of(), OptionRule.OF_USERS)).isEqualTo(there);
        assertThat(OptionRule.merged(there, Map.of("lock_password", false), OptionRule.OF_USERS))
                .isEqualTo(Map.of("lock_password", false, "ignore_password_expiry", false));
        assertThat(OptionRule.merged(there, nothing("lock_password"), OptionRule.OF_USERS))
                .isEqualTo(Map.of("ignore_password_expiry", false));
        assertThat(OptionRule.isSet(there, "lock_password")).isTrue();
        assertThat(OptionRule.isSet(there, "ignore_password_expiry")).isFalse();
        assertThat(OptionRule.isSet(there, "immutable")).isFalse();
    }

    @Test
    void whatThereIsNotAndWhatIsNoFlagIsRefused() {
        Map<String, @Nullable Object> none = Map.of();
        refused(Kind.INVALID, () -> OptionRule.merged(none, Map.of("pony", true), OptionRule.OF_USERS));
        refused(Kind.INVALID, () -> OptionRule.merged(none, IMMUTABLE, OptionRule.OF_USERS));
        refused(Kind.INVALID, () -> OptionRule.merged(none, Map.of("lock_password", true), OptionRule.OF_RESOURCES));
        refused(Kind.INVALID, () -> OptionRule.merged(none, Map.of("immutable", "true"), OptionRule.OF_RESOURCES));
        refused(
                Kind.INVALID,
                () -> OptionRule.merged(none, Map.of("multi_factor_auth_rules", true), OptionRule.OF_USERS));
    }

    /** A login asks for one factor, so that a promise of more would not be kept. */
    @Test
    void severalFactorsAreNotPromised() {
        Map<String, @Nullable Object> none = Map.of();
        refused(
                Kind.UNSUPPORTED,
                () -> OptionRule.merged(none, Map.of("multi_factor_auth_enabled", true), OptionRule.OF_USERS));
        refused(
                Kind.UNSUPPORTED,
                () -> OptionRule.merged(
                        none, Map.of("multi_factor_auth_rules", List.of(List.of("totp"))), OptionRule.OF_USERS));
        assertThat(OptionRule.merged(
                        none,
                        Map.of("multi_factor_auth_enabled", false, "multi_factor_auth_rules", List.of()),
                        OptionRule.OF_USERS))
                .hasSize(2);
    }

    @Test
    void whatIsImmutableIsChangedByNothingButTheEndOfThat() {
        for (Map<String, @Nullable Object> change : List.<Map<String, @Nullable Object>>of(
                Map.of("name", "x"),
                Map.of("extra", Map.of("a", 1)),
                Map.of("tags", List.of()),
                Map.of("options", Map.of()),
                Map.of("options", IMMUTABLE),
                Map.of("options", Map.of("immutable", false), "name", "x"))) {
            refused(Kind.FORBIDDEN, () -> OptionRule.requireChangeable("role", "1", IMMUTABLE, change));
            assertThatCode(() -> OptionRule.requireChangeable("role", "1", Map.of("immutable", false), change))
                    .doesNotThrowAnyException();
        }
        assertThatCode(() -> OptionRule.requireChangeable(
                        "role", "1", IMMUTABLE, Map.of("options", Map.of("immutable", false))))
                .doesNotThrowAnyException();
        assertThatCode(() ->
                        OptionRule.requireChangeable("role", "1", IMMUTABLE, Map.of("options", nothing("immutable"))))
                .doesNotThrowAnyException();
        refused(Kind.FORBIDDEN, () -> OptionRule.requireDeletable("role", "1", IMMUTABLE));
        assertThatCode(() -> OptionRule.requireDeletable("role", "1", Map.of())).doesNotThrowAnyException();
        assertThat(OptionRule.OF_RESOURCES).isEqualTo(Set.of("immutable"));
    }
}
