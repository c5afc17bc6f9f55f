package io.holdfast.identity.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.identity.Directory;
import io.holdfast.identity.Directory.Filter;
import io.holdfast.identity.Domain;
import io.holdfast.identity.IdentityException;
import io.holdfast.identity.IdentityException.Kind;
import io.holdfast.identity.Project;
import io.holdfast.identity.Role;
import io.holdfast.identity.User;
import io.holdfast.store.Store;
import io.holdfast.store.testing.TestDatabase;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Attributes that mean nothing here, options and tags, on a real database. */
class StoredExtraTest {

    private final TestDatabase database = TestDatabase.fresh();
    private final Store store = database.store(List.of());
    private final Directory directory = new StoredIdentity(store).directory();
    private Domain domain;

    @BeforeEach
    void begin() {
        domain = directory.addDomain(new Domain("", "d", "", true, List.of("t"), Map.of("a", 1), Map.of()));
    }

    @AfterEach
    void close() {
        database.close();
    }

    private Project project(String name, Map<String, @Nullable Object> extra, Map<String, @Nullable Object> options) {
        return directory.addProject(new Project("", domain.id(), name, "", true, List.of(), extra, options));
    }

    private static void refused(Kind kind, ThrowingCallable what) {
        assertThatThrownBy(what)
                .isInstanceOfSatisfying(
                        IdentityException.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }

    @Test
    void whatIsKeptIsReadBackAsItWasByAllWhoRead() {
        Map<String, @Nullable Object> extra = new HashMap<>();
        extra.put("text", "ü \" \\ \n 🐎");
        extra.put("flag", false);
        extra.put("number", 12);
        extra.put("large", new BigDecimal("12345678901234567890.10"));
        extra.put("nothing", null);
        extra.put("list", Arrays.asList(1, null, "x", Map.of("in", List.of())));
        Map<String, @Nullable Object> options = Map.of("lock_password", true);
        User user =
                directory.addUser(new User("", domain.id(), "ann", null, null, null, true, extra, options), "the hash");
        assertThat(user.extra()).isEqualTo(extra);
        assertThat(directory.user(user.id())).hasValue(user);
        assertThat(directory.userNamed(domain.id(), "ann")).hasValue(user);
        assertThat(directory.users(Filter.ALL)).containsExactly(user);
        assertThat(directory.domain(domain.id())).hasValue(domain);
        assertThat(domain.tags()).containsExactly("t");
        assertThat(domain.extra()).isEqualTo(Map.of("a", 1));
        Role role = directory.addRole(new Role("", "r", "", extra, Map.of("immutable", false)));
        assertThat(directory.roles(null)).containsExactly(role);
        Project project = project("p", extra, Map.of());
        assertThat(directory.projects(Filter.ALL)).containsExactly(project);
        // The real columns are as they were.
        assertThat(directory.passwordHash(user.id())).hasValue("the hash");
    }

    @Test
    void aChangeMergesInOneTransaction() throws Exception {
        Project made = project("p", Map.of("a", 1, "b", 2), Map.of());
        Map<String, @Nullable Object> change = new HashMap<>();
        change.put("b", null);
        change.put("c", 3);
        Map<String, @Nullable Object> expected = new HashMap<>(change);
        expected.put("a", 1);
        assertThat(directory.changeProject(made.id(), Map.of("extra", change)).extra())
                .isEqualTo(expected);
        assertThat(directory.changeProject(made.id(), Map.of("name", "q")).extra())
                .isEqualTo(expected);
        assertThat(directory.changeProject(made.id(), Map.of()))
                .isEqualTo(directory.project(made.id()).orElseThrow());
        // Of many at once none is lost.
        List<Future<?>> changes = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            for (int i = 0; i < 20; i++) {
                String name = "n" + i;
                changes.add(threads.submit(
                        () -> directory.changeProject(made.id(), Map.of("extra", Map.of(name, true)))));
                changes.add(threads.submit(() -> directory.changeTags(made.id(), tags -> {
                    List<String> more = new ArrayList<>(tags);
                    more.add(name);
                    return more;
                })));
            }
            for (Future<?> one : changes) {
                one.get();
            }
        }
        Project after = directory.project(made.id()).orElseThrow();
        assertThat(after.extra()).hasSize(23);
        assertThat(after.tags()).hasSize(20);
        refused(Kind.NOT_FOUND, () -> directory.changeProject("nowhere", Map.of("extra", change)));
        refused(Kind.NOT_FOUND, () -> directory.changeTags("nowhere", tags -> tags));
    }

    @Test
    void whatTheRuleRefusesChangesNothing() {
        Project made = project("p", Map.of("a", 1), Map.of());
        refused(
                Kind.INVALID,
                () -> directory.changeProject(made.id(), Map.of("name", "q", "extra", Map.of("password_hash", "x"))));
        refused(
                Kind.INVALID,
                () -> directory.changeProject(made.id(), Map.of("extra", Map.of("big", "x".repeat(9000)))));
        refused(Kind.INVALID, () -> project("q", Map.of("passwd", "x"), Map.of()));
        refused(Kind.INVALID, () -> project("q", Map.of(), Map.of("pony", true)));
        assertThat(directory.projects(Filter.ALL)).containsExactly(made);
    }

    @Test
    void whatIsImmutableStaysUntilThatIsTakenAway() {
        Map<String, @Nullable Object> on = Map.of("immutable", true);
        Map<String, @Nullable Object> end = Map.of("options", Collections.singletonMap("immutable", null));
        Project project = project("p", Map.of(), on);
        refused(Kind.FORBIDDEN, () -> directory.changeProject(project.id(), Map.of("name", "q")));
        refused(Kind.FORBIDDEN, () -> directory.changeTags(project.id(), tags -> List.of("x")));
        refused(Kind.FORBIDDEN, () -> directory.deleteProject(project.id()));
        assertThat(directory.changeProject(project.id(), end).options()).isEmpty();
        directory.deleteProject(project.id());
        Role role = directory.addRole(new Role("", "r", "", Map.of(), on));
        refused(Kind.FORBIDDEN, () -> directory.changeRole(role.id(), Map.of("description", "x")));
        refused(Kind.FORBIDDEN, () -> directory.deleteRole(role.id()));
        directory.changeRole(role.id(), end);
        directory.deleteRole(role.id());
        directory.changeDomain(domain.id(), Map.of("enabled", false, "options", on));
        refused(Kind.FORBIDDEN, () -> directory.changeDomain(domain.id(), Map.of("enabled", true)));
        refused(Kind.FORBIDDEN, () -> directory.deleteDomain(domain.id()));
        directory.changeDomain(domain.id(), end);
        directory.deleteDomain(domain.id());
        refused(Kind.NOT_FOUND, () -> directory.deleteProject(project.id()));
        refused(Kind.NOT_FOUND, () -> directory.deleteRole(role.id()));
    }
}
