package io.holdfast.api.keystone;

import io.holdfast.api.http.Call;
import io.holdfast.api.http.Operation;
import io.holdfast.api.http.Reply;
import io.holdfast.identity.IdentityException;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Services, their addresses and the region, to look at: what is served here is no matter of a table. */
final class CatalogProxy {

    private final Services services;

    CatalogProxy(Services services) {
        this.services = services;
    }

    private record Endpoint(Services.Service service, String face) {
        String id() {
            return service.endpointId(face);
        }
    }

    Map<String, Operation> operations() {
        Map<String, Operation> table = new LinkedHashMap<>();
        table.put(
                "listServices",
                call -> Lists.reply(
                        services,
                        call,
                        "services",
                        services.all().stream()
                                .filter(one -> matches(call.query("type"), one.type())
                                        && matches(call.query("name"), one.name()))
                                .toList(),
                        Services.Service::id,
                        one -> view(call, one)));
        table.put(
                "showService",
                call -> services.all().stream()
                        .filter(one -> one.id().equals(call.path("service_id")))
                        .findFirst()
                        .map(one -> Reply.ok(new JsonObject().put("service", view(call, one))))
                        .orElseThrow(() -> IdentityException.notFound("service", call.path("service_id"))));
        table.put(
                "listEndpoints",
                call -> Lists.reply(
                        services,
                        call,
                        "endpoints",
                        endpoints().stream()
                                .filter(one -> matches(call.query("interface"), one.face)
                                        && matches(call.query("service_id"), one.service.id())
                                        && matches(call.query("region_id"), services.region()))
                                .toList(),
                        Endpoint::id,
                        one -> view(call, one)));
        table.put(
                "showEndpoint",
                call -> endpoints().stream()
                        .filter(one -> one.id().equals(call.path("endpoint_id")))
                        .findFirst()
                        .map(one -> Reply.ok(new JsonObject().put("endpoint", view(call, one))))
                        .orElseThrow(() -> IdentityException.notFound("endpoint", call.path("endpoint_id"))));
        table.put(
                "listRegions",
                call -> Lists.reply(
                        services, call, "regions", List.of(services.region()), id -> id, id -> region(call, id)));
        table.put("showRegion", call -> {
            String id = call.path("region_id");
            if (!id.equals(services.region())) {
                throw IdentityException.notFound("region", id);
            }
            return Reply.ok(new JsonObject().put("region", region(call, id)));
        });
        return table;
    }

    private List<Endpoint> endpoints() {
        return services.all().stream()
                .flatMap(service -> Services.INTERFACES.stream().map(face -> new Endpoint(service, face)))
                .toList();
    }

    private static boolean matches(@Nullable String wanted, String there) {
        return wanted == null || wanted.equals(there);
    }

    private JsonObject view(Call call, Services.Service one) {
        return new JsonObject()
                .put("id", one.id())
                .put("type", one.type())
                .put("name", one.name())
                .put("description", "")
                .put("enabled", true)
                .put("links", services.selfLink(call, "services", one.id()));
    }

    private JsonObject view(Call call, Endpoint one) {
        return new JsonObject()
                .put("id", one.id())
                .put("service_id", one.service.id())
                .put("interface", one.face)
                .put("region", services.region())
                .put("region_id", services.region())
                .put("enabled", true)
                .put("url", services.base(call, one.service) + services.path(one.service))
                .put("links", services.selfLink(call, "endpoints", one.id()));
    }

    private JsonObject region(Call call, String id) {
        return new JsonObject()
                .put("id", id)
                .put("description", "")
                .put("parent_region_id", null)
                .put("links", services.selfLink(call, "regions", id));
    }
}
