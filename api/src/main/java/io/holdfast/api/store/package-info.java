/** What the APIs keep for themselves, in PostgreSQL: notifications of monitors. */
@NullMarked
package io.holdfast.api.store;

import org.jspecify.annotations.NullMarked;
