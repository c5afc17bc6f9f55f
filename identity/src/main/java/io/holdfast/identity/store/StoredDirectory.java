package io.holdfast.identity.store;

import io.holdfast.identity.AppCredential;
import io.holdfast.identity.Directory;
import io.holdfast.identity.Domain;
import io.holdfast.identity.Grant;
import io.holdfast.identity.IdentityException;
import io.holdfast.identity.IdentityException.Kind;
import io.holdfast.identity.Project;
import io.holdfast.identity.Role;
import io.holdfast.identity.Scope;
import io.holdfast.identity.Standing;
import io.holdfast.identity.User;
import io.holdfast.identity.core.ExtraRule;
import io.holdfast.identity.core.OptionRule;
import io.holdfast.identity.core.RoleRule;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** All tables but those of tokens. */
final class StoredDirectory implements Directory {

    private static final int DOMAINS_MAX = 1_000;
    private static final int PROJECTS_MAX = 10_000;
    private static final int USERS_MAX = 10_000;
    private static final int ROLES_MAX = 100;
    private static final int GRANTS_MAX = 100_000;
    private static final int CREDENTIALS_OF_A_USER_MAX = 100;

    private static final String DOMAIN = "select d.* from identity_domain d";
    private static final String PROJECT = "select p.* from identity_project p";
    private static final String USER = "select u.* from identity_user u";
    private static final String ROLE = "select r.* from identity_role r";
    private static final String CREDENTIAL = "select c.* from identity_app_credential c";

    private static final String IN_FILTER =
            " where (?::text is null or domain = ?) and (?::text is null or name = ?) and (?::boolean is null or enabled = ?)"
                    + " order by name, id";

    private final StoredIdentity identity;

    StoredDirectory(StoredIdentity identity) {
        this.identity = identity;
    }

    // --- domains ---

    @Override
    public List<Domain> domains(Filter filter) {
        return identity.read(sql -> sql.list(
                DOMAIN
                        + " where (?::text is null or name = ?) and (?::boolean is null or enabled = ?) order by name, id",
                StoredDirectory::domain,
                filter.name(),
                filter.name(),
                filter.enabled(),
                filter.enabled()));
    }

    @Override
    public Optional<Domain> domain(String id) {
        return identity.read(sql -> domain(sql, id));
    }

    @Override
    public Optional<Domain> domainNamed(String name) {
        return identity.read(sql -> sql.one(DOMAIN + " where name = ?", StoredDirectory::domain, name));
    }

    @Override
    public Domain addDomain(Domain wanted) {
        Domain made = new Domain(
                newId(),
                wanted.name(),
                wanted.description(),
                wanted.enabled(),
                wanted.tags(),
                ExtraRule.merged(Map.of(), wanted.extra()),
                OptionRule.merged(Map.of(), wanted.options(), OptionRule.OF_RESOURCES));
        return identity.change(sql -> {
            requireRoom(sql, "domains", "identity_domain", DOMAINS_MAX);
            return insert(sql, made);
        });
    }

    static Domain insert(Sql sql, Domain domain) throws SQLException {
        sql.change(
                "insert into identity_domain (id, name, description, enabled, tags, extra, options)"
                        + " values (?, ?, ?, ?, ?, ?, ?)",
                domain.id(),
                domain.name(),
                domain.description(),
                domain.enabled(),
                domain.tags(),
                domain.extra(),
                domain.options());
        return domain;
    }

    @Override
    public Domain changeDomain(String id, Map<String, @Nullable Object> changes) {
        return identity.change(sql -> {
            update(sql, Table.DOMAIN, id, changes);
            return domain(sql, id).orElseThrow();
        });
    }

    @Override
    public void deleteDomain(String id) {
        identity.change(sql -> {
            Domain domain = domain(sql, id).orElseThrow(() -> IdentityException.notFound("domain", id));
            OptionRule.requireDeletable("domain", id, domain.options());
            if (id.equals(Domain.DEFAULT)) {
                throw new IdentityException(Kind.FORBIDDEN, "The default domain cannot be deleted.");
            }
            if (domain.enabled()) {
                throw new IdentityException(
                        Kind.FORBIDDEN, "Cannot delete a domain that is enabled, please disable it first.");
            }
            return sql.change("delete from identity_domain where id = ?", id);
        });
    }

    // --- projects ---

    @Override
    public List<Project> projects(Filter filter) {
        return identity.read(sql -> sql.list(PROJECT + IN_FILTER, StoredDirectory::project, parameters(filter)));
    }

    @Override
    public List<Project> projectsOf(String user) {
        return identity.read(sql -> sql.list(
                PROJECT
                        + " where p.enabled and exists (select 1 from identity_grant g where g.project = p.id and g.user_id = ?)"
                        + " and (select d.enabled from identity_domain d where d.id = p.domain) order by p.name, p.id",
                StoredDirectory::project,
                user));
    }

    @Override
    public List<Domain> domainsOf(String user) {
        return identity.read(sql -> sql.list(
                DOMAIN
                        + " where d.enabled and exists (select 1 from identity_grant g where g.domain = d.id and g.user_id = ?)"
                        + " order by d.name, d.id",
                StoredDirectory::domain,
                user));
    }

    @Override
    public Optional<Project> project(String id) {
        return identity.read(sql -> project(sql, id));
    }

    @Override
    public Optional<Project> projectNamed(String domain, String name) {
        return identity.read(
                sql -> sql.one(PROJECT + " where domain = ? and name = ?", StoredDirectory::project, domain, name));
    }

    @Override
    public Project addProject(Project wanted) {
        Project made = new Project(
                newId(),
                wanted.domain(),
                wanted.name(),
                wanted.description(),
                wanted.enabled(),
                wanted.tags(),
                ExtraRule.merged(Map.of(), wanted.extra()),
                OptionRule.merged(Map.of(), wanted.options(), OptionRule.OF_RESOURCES));
        return identity.change(sql -> {
            requireRoom(sql, "projects", "identity_project", PROJECTS_MAX);
            return insert(sql, made);
        });
    }

    static Project insert(Sql sql, Project project) throws SQLException {
        sql.change(
                "insert into identity_project (id, domain, name, description, enabled, tags, extra, options)"
                        + " values (?, ?, ?, ?, ?, ?, ?, ?)",
                project.id(),
                project.domain(),
                project.name(),
                project.description(),
                project.enabled(),
                project.tags(),
                project.extra(),
                project.options());
        return project;
    }

    @Override
    public Project changeProject(String id, Map<String, @Nullable Object> changes) {
        return identity.change(sql -> {
            update(sql, Table.PROJECT, id, changes);
            return project(sql, id).orElseThrow();
        });
    }

    @Override
    public Project changeTags(String id, UnaryOperator<List<String>> change) {
        return identity.change(sql -> {
            Project before = project(sql, id).orElseThrow(() -> IdentityException.notFound("project", id));
            update(sql, Table.PROJECT, id, Map.of("tags", change.apply(before.tags())));
            return project(sql, id).orElseThrow();
        });
    }

    @Override
    public void deleteProject(String id) {
        identity.change(sql -> {
            project(sql, id).ifPresent(there -> OptionRule.requireDeletable("project", id, there.options()));
            return delete(sql, Table.PROJECT, id);
        });
    }

    // --- users ---

    @Override
    public List<User> users(Filter filter) {
        return identity.read(sql -> sql.list(USER + IN_FILTER, StoredDirectory::user, parameters(filter)));
    }

    @Override
    public Optional<User> user(String id) {
        return identity.read(sql -> user(sql, id));
    }

    @Override
    public Optional<User> userNamed(String domain, String name) {
        return identity.read(
                sql -> sql.one(USER + " where domain = ? and name = ?", StoredDirectory::user, domain, name));
    }

    @Override
    public User addUser(User wanted, @Nullable String passwordHash) {
        User made = new User(
                newId(),
                wanted.domain(),
                wanted.name(),
                wanted.description(),
                wanted.email(),
                wanted.defaultProject(),
                wanted.enabled(),
                ExtraRule.merged(Map.of(), wanted.extra()),
                OptionRule.merged(Map.of(), wanted.options(), OptionRule.OF_USERS));
        return identity.change(sql -> {
            requireRoom(sql, "users", "identity_user", USERS_MAX);
            return insert(sql, made, passwordHash);
        });
    }

    static User insert(Sql sql, User user, @Nullable String passwordHash) throws SQLException {
        sql.change(
                "insert into identity_user (id, domain, name, description, email, default_project, enabled, password_hash,"
                        + " extra, options) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                user.id(),
                user.domain(),
                user.name(),
                user.description(),
                user.email(),
                user.defaultProject(),
                user.enabled(),
                passwordHash,
                user.extra(),
                user.options());
        return user;
    }

    @Override
    public User changeUser(String id, Map<String, @Nullable Object> changes) {
        return identity.change(sql -> {
            update(sql, Table.USER, id, changes);
            if (changes.containsKey("password_hash") || Boolean.FALSE.equals(changes.get("enabled"))) {
                sql.change("update identity_user set generation = generation + 1 where id = ?", id);
            }
            return user(sql, id).orElseThrow();
        });
    }

    @Override
    public void setPassword(String user, String passwordHash) {
        changeUser(user, Map.of("password_hash", passwordHash));
    }

    @Override
    public Optional<String> passwordHash(String user) {
        return identity.read(sql -> sql.one(
                "select password_hash from identity_user where id = ? and password_hash is not null",
                row -> row.getString(1),
                user));
    }

    @Override
    public void deleteUser(String id) {
        identity.change(sql -> delete(sql, Table.USER, id));
    }

    // --- roles ---

    @Override
    public List<Role> roles(@Nullable String name) {
        return identity.read(sql -> sql.list(
                ROLE + " where ?::text is null or name = ? order by name, id", StoredDirectory::role, name, name));
    }

    @Override
    public Optional<Role> role(String id) {
        return identity.read(sql -> role(sql, id));
    }

    @Override
    public Role addRole(Role wanted) {
        Role made = new Role(
                newId(),
                wanted.name(),
                wanted.description(),
                ExtraRule.merged(Map.of(), wanted.extra()),
                OptionRule.merged(Map.of(), wanted.options(), OptionRule.OF_RESOURCES));
        return identity.change(sql -> {
            requireRoom(sql, "roles", "identity_role", ROLES_MAX);
            return insert(sql, made);
        });
    }

    static Role insert(Sql sql, Role role) throws SQLException {
        sql.change(
                "insert into identity_role (id, name, description, extra, options) values (?, ?, ?, ?, ?)",
                role.id(),
                role.name(),
                role.description(),
                role.extra(),
                role.options());
        return role;
    }

    @Override
    public Role changeRole(String id, Map<String, @Nullable Object> changes) {
        return identity.change(sql -> {
            if (changes.containsKey("name")) {
                requireNoMeaning(sql, id);
            }
            update(sql, Table.ROLE, id, changes);
            return role(sql, id).orElseThrow();
        });
    }

    @Override
    public void deleteRole(String id) {
        identity.change(sql -> {
            requireNoMeaning(sql, id);
            role(sql, id).ifPresent(there -> OptionRule.requireDeletable("role", id, there.options()));
            return delete(sql, Table.ROLE, id);
        });
    }

    /** Without the role admin nobody could ever be made one again. */
    private static void requireNoMeaning(Sql sql, String id) throws SQLException {
        Optional<Role> role = role(sql, id);
        if (role.isPresent() && RoleRule.KNOWN.contains(role.get().name())) {
            throw new IdentityException(
                    Kind.FORBIDDEN, "The role " + role.get().name() + " has a meaning here and stays.");
        }
    }

    // --- grants ---

    @Override
    public void grant(Grant grant) {
        identity.change(sql -> {
            requireRoom(sql, "role assignments", "identity_grant", GRANTS_MAX);
            requireAll(sql, grant);
            return sql.change(
                    "insert into identity_grant (user_id, project, domain, role) values (?, ?, ?, ?) on conflict do nothing",
                    grant.user(),
                    projectOf(grant.target()),
                    domainOf(grant.target()),
                    grant.role());
        });
    }

    @Override
    public void withdraw(Grant grant) {
        identity.change(sql -> {
            requireAll(sql, grant);
            int gone = sql.change(
                    "delete from identity_grant where user_id = ? and project is not distinct from ?::text"
                            + " and domain is not distinct from ?::text and role = ?",
                    grant.user(),
                    projectOf(grant.target()),
                    domainOf(grant.target()),
                    grant.role());
            if (gone == 0) {
                throw IdentityException.notFound(
                        "role assignment of user " + grant.user() + " with role", grant.role());
            }
            return gone;
        });
    }

    private static void requireAll(Sql sql, Grant grant) throws SQLException {
        String id = grant.target().id();
        require("user", grant.user(), user(sql, grant.user()));
        require("role", grant.role(), role(sql, grant.role()));
        switch (grant.target()) {
            case Scope.OnProject _ -> require("project", id, project(sql, id));
            case Scope.OnDomain _ -> require("domain", id, domain(sql, id));
        }
    }

    private static void require(String what, String id, Optional<?> found) {
        if (found.isEmpty()) {
            throw IdentityException.notFound(what, id);
        }
    }

    @Override
    public List<Grant> grants(@Nullable String user, Scope.@Nullable Target target, @Nullable String role) {
        return identity.read(sql -> sql.list(
                "select * from identity_grant where (?::text is null or user_id = ?) and (?::text is null or project = ?)"
                        + " and (?::text is null or domain = ?) and (?::text is null or role = ?)"
                        + " order by user_id, project, domain, role",
                row -> new Grant(
                        row.getString("user_id"),
                        row.getString("project") == null
                                ? new Scope.OnDomain(row.getString("domain"))
                                : new Scope.OnProject(row.getString("project")),
                        row.getString("role")),
                user,
                user,
                projectOf(target),
                projectOf(target),
                domainOf(target),
                domainOf(target),
                role,
                role));
    }

    private static @Nullable String projectOf(Scope.@Nullable Target target) {
        return target instanceof Scope.OnProject(String id) ? id : null;
    }

    private static @Nullable String domainOf(Scope.@Nullable Target target) {
        return target instanceof Scope.OnDomain(String id) ? id : null;
    }

    // --- application credentials ---

    @Override
    public List<AppCredential> appCredentials(String user) {
        return identity.read(sql ->
                sql.list(CREDENTIAL + " where user_id = ? order by name, id", StoredDirectory::credential, user));
    }

    @Override
    public Optional<AppCredential> appCredential(String id) {
        return identity.read(sql -> credential(sql, id));
    }

    @Override
    public Optional<AppCredential> appCredentialNamed(String user, String name) {
        return identity.read(sql ->
                sql.one(CREDENTIAL + " where user_id = ? and name = ?", StoredDirectory::credential, user, name));
    }

    @Override
    public Optional<String> appCredentialHash(String id) {
        return identity.read(sql ->
                sql.one("select secret_hash from identity_app_credential where id = ?", row -> row.getString(1), id));
    }

    @Override
    public AppCredential addAppCredential(AppCredential wanted, String secretHash) {
        AppCredential made = new AppCredential(
                newId(),
                wanted.user(),
                wanted.project(),
                wanted.name(),
                wanted.description(),
                wanted.roles(),
                wanted.unrestricted(),
                wanted.expiresAt());
        return identity.change(sql -> {
            long own = sql.one(
                            "select count(*) from identity_app_credential where user_id = ?",
                            row -> row.getLong(1),
                            made.user())
                    .orElseThrow();
            requireRoom("application credentials of a user", own, CREDENTIALS_OF_A_USER_MAX);
            sql.change(
                    "insert into identity_app_credential (id, user_id, project, name, description, secret_hash, roles,"
                            + " unrestricted, expires_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    made.id(),
                    made.user(),
                    made.project(),
                    made.name(),
                    made.description(),
                    secretHash,
                    made.roles(),
                    made.unrestricted(),
                    made.expiresAt());
            return made;
        });
    }

    @Override
    public void deleteAppCredential(String user, String id) {
        identity.change(sql -> {
            int gone = sql.change("delete from identity_app_credential where id = ? and user_id = ?", id, user);
            if (gone == 0) {
                throw IdentityException.notFound("application credential", id);
            }
            return gone;
        });
    }

    // --- what a token is worth ---

    @Override
    public Standing standing(Standing.Question question) {
        return identity.read(sql -> {
            Optional<User> user = user(sql, question.user());
            Optional<Project> project =
                    question.scope() instanceof Scope.OnProject(String id) ? project(sql, id) : Optional.empty();
            Optional<Domain> domain = switch (question.scope()) {
                case Scope.Unscoped _ -> Optional.empty();
                case Scope.OnProject _ ->
                    project.isPresent() ? domain(sql, project.get().domain()) : Optional.empty();
                case Scope.OnDomain(String id) -> domain(sql, id);
            };
            List<Role> known = sql.list(ROLE + " order by name, id", StoredDirectory::role);
            Set<String> granted = question.scope() instanceof Scope.Target target
                    ? Set.copyOf(sql.list(
                            "select role from identity_grant where user_id = ? and project is not distinct from ?::text"
                                    + " and domain is not distinct from ?::text",
                            row -> row.getString(1),
                            question.user(),
                            projectOf(target),
                            domainOf(target)))
                    : Set.of();
            return new Standing(
                    user.orElse(null),
                    user.isPresent() ? domain(sql, user.get().domain()).orElse(null) : null,
                    sql.one("select generation from identity_user where id = ?", row -> row.getInt(1), question.user())
                            .orElse(0),
                    project.orElse(null),
                    domain.orElse(null),
                    known.stream().filter(role -> granted.contains(role.id())).collect(Collectors.toList()),
                    question.appCredential() == null
                            ? null
                            : credential(sql, question.appCredential()).orElse(null),
                    known,
                    question.audit() != null
                            && sql.one(
                                            "select 1 from identity_revocation where audit = ?",
                                            row -> true,
                                            question.audit())
                                    .isPresent());
        });
    }

    // --- rows ---

    static String newId() {
        return UUID.randomUUID().toString().replace("-", "");
    }

    private static @Nullable Object[] parameters(Filter filter) {
        return new @Nullable Object[] {
            filter.domain(), filter.domain(), filter.name(), filter.name(), filter.enabled(), filter.enabled()
        };
    }

    private static void requireRoom(Sql sql, String what, String table, int most) throws SQLException {
        requireRoom(
                what,
                sql.one("select count(*) from " + table, row -> row.getLong(1)).orElseThrow(),
                most);
    }

    private static void requireRoom(String what, long there, int most) {
        if (there >= most) {
            throw new IdentityException(Kind.FORBIDDEN, "There are " + there + " " + what + ", and that is the limit.");
        }
    }

    /**
     * What can be changed and deleted by an id.
     *
     * @param what its kind, as the caller knows it
     * @param options which Keystone has of such
     * @param columns that a change may name, besides {@code extra} and {@code options}
     */
    private record Table(String what, Set<String> options, Set<String> columns) {

        static final Table DOMAIN =
                new Table("domain", OptionRule.OF_RESOURCES, Set.of("name", "description", "enabled", "tags"));
        static final Table PROJECT =
                new Table("project", OptionRule.OF_RESOURCES, Set.of("name", "description", "enabled", "tags"));
        static final Table USER = new Table(
                "user",
                OptionRule.OF_USERS,
                Set.of("name", "description", "email", "default_project", "enabled", "password_hash"));
        static final Table ROLE = new Table("role", OptionRule.OF_RESOURCES, Set.of("name", "description"));

        String table() {
            return "identity_" + what;
        }
    }

    private record Kept(Map<String, @Nullable Object> extra, Map<String, @Nullable Object> options) {}

    private static void update(Sql sql, Table of, String id, Map<String, @Nullable Object> changes)
            throws SQLException {
        Map<String, @Nullable Object> columns = new HashMap<>(changes);
        Object extra = columns.remove("extra");
        Object options = columns.remove("options");
        if (!of.columns.containsAll(columns.keySet())) {
            throw new IllegalArgumentException("no such columns of " + of.table() + ": " + columns.keySet());
        }
        Kept kept = sql.one(
                        "select extra, options from " + of.table() + " where id = ?",
                        row -> new Kept(Sql.object(row, "extra"), Sql.object(row, "options")),
                        id)
                .orElseThrow(() -> IdentityException.notFound(of.what, id));
        if (changes.isEmpty()) {
            return;
        }
        OptionRule.requireChangeable(of.what, id, kept.options, changes);
        if (extra != null) {
            columns.put("extra", ExtraRule.merged(kept.extra, named(extra)));
        }
        if (options != null) {
            columns.put("options", OptionRule.merged(kept.options, named(options), of.options));
        }
        List<String> names = List.copyOf(columns.keySet());
        @Nullable Object[] values = new @Nullable Object[names.size() + 1];
        for (int i = 0; i < names.size(); i++) {
            values[i] = columns.get(names.get(i));
        }
        values[names.size()] = id;
        String set = names.stream().map(name -> name + " = ?").collect(Collectors.joining(", "));
        if (!names.isEmpty()) {
            sql.change("update " + of.table() + " set " + set + " where id = ?", values);
        }
    }

    private static Map<String, @Nullable Object> named(Object object) {
        Map<String, @Nullable Object> named = new HashMap<>();
        ((Map<?, ?>) object).forEach((name, value) -> named.put(String.valueOf(name), value));
        return named;
    }

    private static int delete(Sql sql, Table of, String id) throws SQLException {
        int gone = sql.change("delete from " + of.table() + " where id = ?", id);
        if (gone == 0) {
            throw IdentityException.notFound(of.what, id);
        }
        return gone;
    }

    private static Optional<Domain> domain(Sql sql, String id) throws SQLException {
        return sql.one(DOMAIN + " where id = ?", StoredDirectory::domain, id);
    }

    private static Optional<Project> project(Sql sql, String id) throws SQLException {
        return sql.one(PROJECT + " where id = ?", StoredDirectory::project, id);
    }

    private static Optional<User> user(Sql sql, String id) throws SQLException {
        return sql.one(USER + " where id = ?", StoredDirectory::user, id);
    }

    private static Optional<Role> role(Sql sql, String id) throws SQLException {
        return sql.one(ROLE + " where id = ?", StoredDirectory::role, id);
    }

    private static Optional<AppCredential> credential(Sql sql, String id) throws SQLException {
        return sql.one(CREDENTIAL + " where id = ?", StoredDirectory::credential, id);
    }

    private static Domain domain(ResultSet row) throws SQLException {
        return new Domain(
                row.getString("id"),
                row.getString("name"),
                row.getString("description"),
                row.getBoolean("enabled"),
                Sql.texts(row, "tags"),
                Sql.object(row, "extra"),
                Sql.object(row, "options"));
    }

    private static Project project(ResultSet row) throws SQLException {
        return new Project(
                row.getString("id"),
                row.getString("domain"),
                row.getString("name"),
                row.getString("description"),
                row.getBoolean("enabled"),
                Sql.texts(row, "tags"),
                Sql.object(row, "extra"),
                Sql.object(row, "options"));
    }

    private static User user(ResultSet row) throws SQLException {
        return new User(
                row.getString("id"),
                row.getString("domain"),
                row.getString("name"),
                row.getString("description"),
                row.getString("email"),
                row.getString("default_project"),
                row.getBoolean("enabled"),
                Sql.object(row, "extra"),
                Sql.object(row, "options"));
    }

    private static Role role(ResultSet row) throws SQLException {
        return new Role(
                row.getString("id"),
                row.getString("name"),
                row.getString("description"),
                Sql.object(row, "extra"),
                Sql.object(row, "options"));
    }

    private static AppCredential credential(ResultSet row) throws SQLException {
        return new AppCredential(
                row.getString("id"),
                row.getString("user_id"),
                row.getString("project"),
                row.getString("name"),
                row.getString("description"),
                Sql.texts(row, "roles"),
                row.getBoolean("unrestricted"),
                Sql.instant(row, "expires_at"));
    }
}
