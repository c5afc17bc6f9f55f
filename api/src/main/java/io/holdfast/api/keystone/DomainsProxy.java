package io.holdfast.api.keystone;

import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.identity.Directory;
import io.holdfast.identity.Domain;
import io.holdfast.identity.IdentityException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Domains. */
final class DomainsProxy {

    private final Directory directory;
    private final Services services;

    DomainsProxy(Directory directory, Services services) {
        this.directory = directory;
        this.services = services;
    }

    Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put(
                "listDomains",
                call -> Lists.reply(
                        services,
                        call,
                        "domains",
                        directory.domains(Lists.filter(call)),
                        Domain::id,
                        one -> view(services, call, one)));
        table.put("createDomain", this::create);
        table.put("showDomain", call -> reply(call, 200, found(call)));
        table.put("updateDomain", this::update);
        table.put("deleteDomain", call -> {
            directory.deleteDomain(call.path("domain_id"));
            return Reply.empty(204);
        });
        return table;
    }

    private Reply create(Call call) {
        JsonObject wanted = call.body().getJsonObject("domain");
        Domain made = new Domain(
                "",
                Lists.name(wanted),
                Lists.text(wanted, "description"),
                enabled(wanted),
                Tags.of(wanted),
                Extras.DOMAIN.ofNew(wanted),
                Extras.options(wanted));
        return reply(call, 201, directory.addDomain(made));
    }

    private Reply update(Call call) {
        JsonObject wanted = call.body().getJsonObject("domain");
        Map<String, @Nullable Object> changes = changes(wanted);
        Extras.DOMAIN.into(changes, wanted, call.path("domain_id"));
        return reply(call, 200, directory.changeDomain(call.path("domain_id"), changes));
    }

    private Domain found(Call call) {
        String id = call.path("domain_id");
        return directory.domain(id).orElseThrow(() -> IdentityException.notFound("domain", id));
    }

    /** What domains and projects have in common. */
    static Map<String, @Nullable Object> changes(JsonObject wanted) {
        Map<String, @Nullable Object> changes = new HashMap<>();
        if (wanted.getString("name") != null) {
            changes.put("name", Lists.name(wanted));
        }
        if (wanted.containsKey("description")) {
            changes.put("description", Lists.text(wanted, "description"));
        }
        if (wanted.getBoolean("enabled") != null) {
            changes.put("enabled", wanted.getBoolean("enabled"));
        }
        if (wanted.getJsonArray("tags") != null) {
            changes.put("tags", Tags.of(wanted));
        }
        return changes;
    }

    static boolean enabled(JsonObject wanted) {
        return !Boolean.FALSE.equals(wanted.getBoolean("enabled"));
    }

    private Reply reply(Call call, int status, Domain domain) {
        return Reply.of(status, new JsonObject().put("domain", view(services, call, domain)));
    }

    static JsonObject view(Services services, Call call, Domain domain) {
        return Extras.view(domain.extra())
                .put("id", domain.id())
                .put("name", domain.name())
                .put("description", domain.description())
                .put("enabled", domain.enabled())
                .put("tags", new JsonArray(domain.tags()))
                .put("options", Extras.view(domain.options()))
                .put("links", services.selfLink(call, "domains", domain.id()));
    }
}
