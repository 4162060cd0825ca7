# Turns text that belongs to the product into C++ constants, without an outside tool.
#   sql/queries/*.sql     each "-- name: x" heading   -> countersign::store::stmt::x
#   sql/migrations/*.sql  each file                   -> countersign::store::kMigrations
#   adapters/sandbox/web/*                            -> countersign::adapters::sandbox::kWebFiles
#   adapters/webhook/samples/*                        -> countersign::adapters::webhook::kSampleFiles
# The work is done by embed_*.cmake scripts at build time, so touching a file rebuilds what it should.
set(gen ${CMAKE_BINARY_DIR}/generated)
file(GLOB queries CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/sql/queries/*.sql)
file(GLOB migrations CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/sql/migrations/*.sql)

add_custom_command(OUTPUT ${gen}/sql/statements.h ${gen}/sql/migrations.h
  COMMAND ${CMAKE_COMMAND} -DOUT=${gen}/sql -DSQL=${CMAKE_SOURCE_DIR}/sql -P ${CMAKE_SOURCE_DIR}/sql/embed_sql.cmake
  DEPENDS ${queries} ${migrations} ${CMAKE_SOURCE_DIR}/sql/embed_sql.cmake)
add_custom_target(cs_sql_files DEPENDS ${gen}/sql/statements.h ${gen}/sql/migrations.h)
add_library(cs_sql INTERFACE)
target_include_directories(cs_sql INTERFACE ${gen})
add_dependencies(cs_sql cs_sql_files)

# embed_files(NAME CONSTANT FOLDER SPACE): cs_NAME has NAME/files.h with every file of the folder in kCONSTANTFiles.
function(embed_files name constant folder space)
  file(GLOB files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*)
  add_custom_command(OUTPUT ${gen}/${name}/files.h
    COMMAND ${CMAKE_COMMAND} -DOUT=${gen}/${name} -DFOLDER=${CMAKE_SOURCE_DIR}/${folder} -DSPACE=${space} -DNAME=${constant}
            -P ${CMAKE_SOURCE_DIR}/sql/embed_files.cmake
    DEPENDS ${files} ${CMAKE_SOURCE_DIR}/sql/embed_files.cmake)
  add_custom_target(cs_${name}_files DEPENDS ${gen}/${name}/files.h)
  add_library(cs_${name} INTERFACE)
  target_include_directories(cs_${name} INTERFACE ${gen})
  add_dependencies(cs_${name} cs_${name}_files)
endfunction()
embed_files(web Web adapters/sandbox/web countersign::adapters::sandbox)
embed_files(samples Sample adapters/webhook/samples countersign::adapters::webhook)
