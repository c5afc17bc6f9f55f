package io.holdfast.api.keystone;

import io.holdfast.api.http.Call;
import io.holdfast.identity.IdentitySettings;
import io.holdfast.identity.Scope;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What is served on this port, as a catalog of services with their addresses. */
final class Services {

    static final List<String> INTERFACES = List.of("public", "internal", "admin");

    /** Stands in an address for the project of the token, as Keystone's own catalogs write it. */
    private static final String PROJECT = "$(project_id)s";

    private static final List<Service> ALL = List.of(
            new Service("identity", "keystone", "/identity"),
            new Service("compute", "nova", "/v2.1"),
            new Service("image", "glance", "/image"),
            new Service("network", "neutron", "/network"),
            new Service("placement", "placement", "/placement"),
            new Service("instance-ha", "masakari", "/instance-ha/v1/" + PROJECT));

    private final String region;
    private final @Nullable URI publicUrl;
    private final @Nullable URI images;

    /** @param images where the image service is that is not here; null for the one here */
    Services(IdentitySettings settings, @Nullable URI images) {
        this.region = settings.region();
        this.publicUrl = settings.publicUrl();
        this.images = images;
    }

    /** @param path below scheme, host and port */
    record Service(String type, String name, String path) {

        String id() {
            return stableId(type);
        }

        String endpointId(String face) {
            return stableId(type + " " + face);
        }

        private boolean isOfProject() {
            return path.contains(PROJECT);
        }
    }

    List<Service> all() {
        return ALL;
    }

    String region() {
        return region;
    }

    /** What the addresses begin with for this caller. */
    String base(Call call) {
        return publicUrl == null ? call.baseUrl() : publicUrl.toString();
    }

    /** The same of one service, which may be elsewhere. */
    String base(Call call, Service service) {
        return isElsewhere(service) ? String.valueOf(images) : base(call);
    }

    String path(Service service) {
        return isElsewhere(service) ? "" : service.path;
    }

    private boolean isElsewhere(Service service) {
        return images != null && service.type.equals("image");
    }

    String self(Call call, String kind, String id) {
        return base(call) + Keystone.V3 + "/" + kind + "/" + id;
    }

    JsonObject selfLink(Call call, String kind, String id) {
        return new JsonObject().put("self", self(call, kind, id));
    }

    /** As it stands in a token; without a project, those whose addresses have it are left out. */
    JsonArray catalog(Call call, Scope scope) {
        String project = scope instanceof Scope.OnProject(String id) ? id : null;
        JsonArray catalog = new JsonArray();
        for (Service service : ALL) {
            if (service.isOfProject() && project == null) {
                continue;
            }
            String url = base(call, service)
                    + (project == null ? path(service) : path(service).replace(PROJECT, project));
            JsonArray endpoints = new JsonArray();
            INTERFACES.forEach(face -> endpoints.add(new JsonObject()
                    .put("id", service.endpointId(face))
                    .put("interface", face)
                    .put("region_id", region)
                    .put("region", region)
                    .put("url", url)));
            catalog.add(new JsonObject()
                    .put("id", service.id())
                    .put("type", service.type)
                    .put("name", service.name)
                    .put("endpoints", endpoints));
        }
        return catalog;
    }

    private static String stableId(String of) {
        return UUID.nameUUIDFromBytes(of.getBytes(StandardCharsets.UTF_8))
                .toString()
                .replace("-", "");
    }
}
