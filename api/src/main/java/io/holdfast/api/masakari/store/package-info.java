/** Notifications in PostgreSQL. */
@NullMarked
package io.holdfast.api.masakari.store;

import org.jspecify.annotations.NullMarked;
