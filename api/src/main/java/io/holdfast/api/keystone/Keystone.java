package io.holdfast.api.keystone;

import io.holdfast.api.http.ApiService;
import io.holdfast.api.http.Call;
import io.holdfast.api.http.FaultShape;
import io.holdfast.api.http.Faults;
import io.holdfast.api.http.Microversions;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Policy;
import io.holdfast.api.http.Reply;
import io.holdfast.api.http.Resources;
import io.holdfast.api.http.Rule;
import io.holdfast.identity.Directory;
import io.holdfast.identity.IdentitySettings;
import io.holdfast.identity.Logins;
import io.holdfast.identity.TokenService;
import io.holdfast.identity.crypto.Passwords;
import io.vertx.core.http.HttpMethod;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keystone's API in the form that its clients know. Immutable. */
public final class Keystone implements ApiService {

    private static final Logger log = LoggerFactory.getLogger(Keystone.class);

    static final String PREFIX = "/identity";
    static final String V3 = PREFIX + "/v3";

    private static final String TOKENS = V3 + "/auth/tokens";

    /** Change something; each is told in the log, with who did it. */
    private static final Set<String> READING_VERBS = Set.of("list", "show", "check");

    /** Who may do what; for the table in the documents and for the requests alike. */
    public static final Policy POLICY = Policy.table()
            .put(Rule.OPEN, "listVersions", "showVersion", "createToken")
            .put(
                    Rule.ANY,
                    // whose token it is decides
                    "showToken",
                    "checkToken",
                    "revokeToken",
                    "showCatalog",
                    "listOwnProjects",
                    "listOwnDomains",
                    "listOwnSystems",
                    "showProject",
                    "listProjectTags",
                    "showProjectTag",
                    "checkProjectTag",
                    // names that everybody has to know
                    "listRoles",
                    "showRole",
                    "listServices",
                    "showService",
                    "listEndpoints",
                    "showEndpoint",
                    "listRegions",
                    "showRegion")
            .put(
                    Rule.SELF,
                    "showUser",
                    "changeOwnPassword",
                    "listUserProjects",
                    "listUserGroups",
                    "listAppCredentials",
                    "createAppCredential",
                    "showAppCredential",
                    "deleteAppCredential")
            .put(
                    Rule.ADMIN,
                    "listDomains",
                    "createDomain",
                    "showDomain",
                    "updateDomain",
                    "deleteDomain",
                    "listProjects",
                    "createProject",
                    "updateProject",
                    "deleteProject",
                    "setProjectTags",
                    "deleteProjectTags",
                    "addProjectTag",
                    "deleteProjectTag",
                    "listUsers",
                    "createUser",
                    "updateUser",
                    "deleteUser",
                    "createRole",
                    "updateRole",
                    "deleteRole",
                    "listRoleInferences",
                    "listImpliedRoles",
                    "listProjectGrants",
                    "checkProjectGrant",
                    "addProjectGrant",
                    "deleteProjectGrant",
                    "listDomainGrants",
                    "checkDomainGrant",
                    "addDomainGrant",
                    "deleteDomainGrant",
                    "listRoleAssignments",
                    "listGroups",
                    "showGroup",
                    "createGroup")
            .done();

    private final Map<String, Operation> operations;

    public Keystone(
            Directory directory, TokenService tokens, Logins logins, Passwords passwords, IdentitySettings settings) {
        this(directory, tokens, logins, passwords, settings, null);
    }

    /** @param images where the catalog says that the image service is; null for the one here */
    public Keystone(
            Directory directory,
            TokenService tokens,
            Logins logins,
            Passwords passwords,
            IdentitySettings settings,
            @Nullable URI images) {
        Services services = new Services(settings, images);
        Map<String, Operation> table = new LinkedHashMap<>();
        table.putAll(new KeystoneVersions(services).operations());
        table.putAll(new AuthProxy(directory, tokens, logins, services).operations());
        table.putAll(new CatalogProxy(services).operations());
        table.putAll(new DomainsProxy(directory, services).operations());
        table.putAll(new ProjectsProxy(directory, services).operations());
        table.putAll(new UsersProxy(directory, logins, passwords, services).operations());
        table.putAll(new RolesProxy(directory, services).operations());
        table.putAll(new GrantsProxy(directory, services).operations());
        table.putAll(new AppCredentialsProxy(directory, passwords, services).operations());
        table.replaceAll(Keystone::told);
        this.operations = Map.copyOf(table);
    }

    private static Operation told(String id, Operation operation) {
        if (id.equals("createToken") || READING_VERBS.stream().anyMatch(id::startsWith)) {
            return operation;
        }
        return call -> {
            Reply reply = operation.handle(call);
            log.info("identity: {} by {} {}", id, call.caller().actor(), subject(call, reply));
            return reply;
        };
    }

    /** What it was about: the ids of the path, and of something new its id. */
    private static Map<String, String> subject(Call call, Reply reply) {
        Map<String, String> subject = new TreeMap<>();
        call.request().getPathParameters().forEach((name, value) -> subject.put(name, String.valueOf(value.get())));
        if (reply.body() != null) {
            reply.body().fieldNames().forEach(name -> {
                if (reply.body().getValue(name) instanceof io.vertx.core.json.JsonObject made
                        && made.getString("id") != null) {
                    subject.put(name, made.getString("id"));
                }
            });
        }
        return subject;
    }

    /** The contract, as text. */
    public static String contractText() {
        return Resources.text("/openapi/identity.yaml");
    }

    @Override
    public String type() {
        return "identity";
    }

    @Override
    public String prefix() {
        return PREFIX;
    }

    @Override
    public String contract() {
        return contractText();
    }

    @Override
    public Map<String, Operation> operations() {
        return operations;
    }

    @Override
    public Policy policy() {
        return POLICY;
    }

    @Override
    public boolean needsProject() {
        return false;
    }

    @Override
    public boolean needsLeader() {
        return false;
    }

    @Override
    public boolean isOpen(HttpMethod method, String path) {
        String plain = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
        return plain.equals(PREFIX) || plain.equals(V3) || (plain.equals(TOKENS) && method.equals(HttpMethod.POST));
    }

    @Override
    public @Nullable Microversions microversions(String path) {
        return null;
    }

    @Override
    public FaultShape faults() {
        return Faults::keystone;
    }
}
