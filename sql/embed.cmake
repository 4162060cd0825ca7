# Turns text that belongs to the product into C++ constants, without an outside tool.
#   sql/queries/*.sql     each "-- name: x" heading   -> countersign::store::stmt::x
#   sql/migrations/*.sql  each file                   -> countersign::store::kMigrations
#   adapters/sandbox/web/*                            -> countersign::adapters::sandbox::kWebFiles
# The work is done by embed_*.cmake scripts at build time, so touching a file rebuilds what it should.
set(gen ${CMAKE_BINARY_DIR}/generated)
file(GLOB queries CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/sql/queries/*.sql)
file(GLOB migrations CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/sql/migrations/*.sql)
file(GLOB web CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/adapters/sandbox/web/*)

add_custom_command(OUTPUT ${gen}/sql/statements.h ${gen}/sql/migrations.h
  COMMAND ${CMAKE_COMMAND} -DOUT=${gen}/sql -DSQL=${CMAKE_SOURCE_DIR}/sql -P ${CMAKE_SOURCE_DIR}/sql/embed_sql.cmake
  DEPENDS ${queries} ${migrations} ${CMAKE_SOURCE_DIR}/sql/embed_sql.cmake)
add_custom_target(cs_sql_files DEPENDS ${gen}/sql/statements.h ${gen}/sql/migrations.h)
add_library(cs_sql INTERFACE)
target_include_directories(cs_sql INTERFACE ${gen})
add_dependencies(cs_sql cs_sql_files)

add_custom_command(OUTPUT ${gen}/web/files.h
  COMMAND ${CMAKE_COMMAND} -DOUT=${gen}/web -DWEB=${CMAKE_SOURCE_DIR}/adapters/sandbox/web -P ${CMAKE_SOURCE_DIR}/sql/embed_web.cmake
  DEPENDS ${web} ${CMAKE_SOURCE_DIR}/sql/embed_web.cmake)
add_custom_target(cs_web_files DEPENDS ${gen}/web/files.h)
add_library(cs_web INTERFACE)
target_include_directories(cs_web INTERFACE ${gen})
add_dependencies(cs_web cs_web_files)
